//! The desk where passwords are checked.

use super::{Code, Problem};
use crate::workflow::SignInError;

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::BackOff { seconds } => {
                Self::new(Code::TooManyRequests).with_header("Retry-After", seconds.to_string())
            }
            SignInError::Busy => Self::new(Code::Unavailable),
            SignInError::Storage(error) => Self::from(error),
        }
    }
}
