//! The measuring kit: probe contract, clock, budget, recorder and sockets.
