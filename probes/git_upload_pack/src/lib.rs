//! At which stage does a git fetch stall, and after how many bytes?
