//! The kinds of errors: statuses, error numbers, titles (`kinto-api` §22).

/// What kind of error: decides status, errno and title.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    /// 401/999: nobody signed in asks for the list of accounts.
    AccountsAnonymous,
    /// 400/107 titled `Bad Request`: the URL itself cannot be read.
    BadUrl,
    /// 408/107: the body did not come in time.
    BodyTimeout,
    /// 413/113: the body is over the limit.
    BodyTooLarge,
    /// 409/122: someone was faster, or a timestamp is taken.
    Conflict,
    /// 403/121: signed in, but not allowed.
    Forbidden,
    /// 507/121: the collection is full.
    InsufficientStorage,
    /// 500/999: a bug.
    Internal,
    /// 400/107: headers, query, body, ids.
    InvalidParameters,
    /// 405/115: the path is known, the method is not.
    MethodNotAllowed,
    /// 404/110: the object of the URL is not there.
    MissingObject,
    /// 404/111: the URL is unknown, or a parent is not there.
    MissingResource,
    /// 406/107: the caller does not take JSON.
    NotAcceptable,
    /// 412/114: another state than the one named.
    PreconditionFailed,
    /// 400/109: a rule of review says no.
    Refused,
    /// 429/117: too many wrong passwords.
    TooManyRequests,
    /// 401/104: not signed in, and not allowed.
    Unauthorized,
    /// 503/201: the database, the signer or the clock.
    Unavailable,
    /// 415/107: the body is of a type that is not read here.
    UnsupportedMediaType,
    /// 404/116: not `/v1`.
    VersionUnavailable,
}

impl Code {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::BadUrl | Self::InvalidParameters | Self::Refused => 400,
            Self::AccountsAnonymous | Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::MissingObject | Self::MissingResource | Self::VersionUnavailable => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::Conflict => 409,
            Self::BodyTimeout => 408,
            Self::PreconditionFailed => 412,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::InsufficientStorage => 507,
        }
    }

    /// The protocol's error number.
    pub fn errno(self) -> u64 {
        match self {
            Self::Unauthorized => 104,
            Self::BadUrl
            | Self::BodyTimeout
            | Self::InvalidParameters
            | Self::NotAcceptable
            | Self::UnsupportedMediaType => 107,
            Self::Refused => 109,
            Self::MissingObject => 110,
            Self::MissingResource => 111,
            Self::BodyTooLarge => 113,
            Self::PreconditionFailed => 114,
            Self::MethodNotAllowed => 115,
            Self::VersionUnavailable => 116,
            Self::TooManyRequests => 117,
            Self::Forbidden | Self::InsufficientStorage => 121,
            Self::Conflict => 122,
            Self::Unavailable => 201,
            Self::AccountsAnonymous | Self::Internal => 999,
        }
    }

    /// The title.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AccountsAnonymous => "Cannot read accounts.",
            Self::BadUrl | Self::Refused => "Bad Request",
            Self::BodyTimeout => "Request Timeout",
            Self::BodyTooLarge => "Request Entity Too Large",
            Self::Conflict => "Conflict",
            Self::Forbidden => "Forbidden",
            Self::InsufficientStorage => "Insufficient Storage",
            Self::Internal => "Internal Server Error",
            Self::InvalidParameters | Self::NotAcceptable | Self::UnsupportedMediaType => {
                "Invalid parameters"
            }
            Self::MethodNotAllowed => "Method Not Allowed",
            Self::MissingObject | Self::MissingResource | Self::VersionUnavailable => "Not Found",
            Self::PreconditionFailed => "Precondition Failed",
            Self::TooManyRequests => "Too Many Requests",
            Self::Unauthorized => "Unauthorized",
            Self::Unavailable => "Service Unavailable",
        }
    }

    /// The message, where it is always the same.
    pub(super) fn message(self) -> Option<&'static str> {
        match self {
            Self::AccountsAnonymous
            | Self::InvalidParameters
            | Self::MissingObject
            | Self::NotAcceptable
            | Self::Refused
            | Self::UnsupportedMediaType => None,
            Self::BadUrl => Some("The URL is not valid UTF-8."),
            Self::BodyTimeout => Some("The body of the request did not arrive in time."),
            Self::BodyTooLarge => Some("The body of the request is too large."),
            Self::Conflict => Some("Integrity constraint violated, please retry."),
            Self::Forbidden => Some("This user cannot access this resource."),
            Self::InsufficientStorage => Some("There is no more room."),
            Self::Internal => Some("A programmatic error occurred, developers have been informed."),
            Self::MethodNotAllowed => Some("Method not allowed on this endpoint."),
            Self::MissingResource => Some("The resource you are looking for could not be found."),
            Self::PreconditionFailed => Some("Resource was modified meanwhile"),
            Self::TooManyRequests => Some("Too many attempts to sign in, please wait."),
            Self::Unauthorized => Some("Please authenticate yourself to use this endpoint."),
            Self::Unavailable => {
                Some("Service temporary unavailable due to overloading or maintenance, please retry later.")
            }
            Self::VersionUnavailable => Some("The requested API version is not available on this server."),
        }
    }

    /// When to try again, where that helps.
    pub(super) fn retry_after_seconds(self) -> Option<&'static str> {
        matches!(self, Self::Conflict | Self::TooManyRequests | Self::Unavailable).then_some("3")
    }
}
