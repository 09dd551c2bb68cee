//! The embedded SSH, HTTPS and git server with synthetic repositories.
