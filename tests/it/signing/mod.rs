//! Signatures, chains, keys: what the verifier takes and refuses, and what the service's own keys make.

mod vectors;
