//! All kinds of problems. `GET /problems/{slug}` explains each, so that the `type` of a problem can be dereferenced.

use serde::{Serialize, Serializer};

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Kind {
    #[serde(rename = "type", serialize_with = "link")]
    slug: &'static str,
    title: &'static str,
    status: u16,
    #[serde(skip)]
    remedy: &'static str,
}

fn link<S: Serializer>(slug: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("/problems/{slug}"))
}

impl Kind {
    /// The last segment of its `type`.
    pub(crate) const fn slug(&self) -> &'static str {
        self.slug
    }

    pub(crate) const fn title(&self) -> &'static str {
        self.title
    }

    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// What the client can do about it.
    pub(crate) const fn remedy(&self) -> &'static str {
        self.remedy
    }

    /// Whether the same request may succeed later and is safe to repeat.
    pub(crate) fn is_transient(&self) -> bool {
        self.status == 503 && self.slug != UNKNOWN_OUTCOME.slug
    }
}

macro_rules! kinds {
    ($($name:ident = $status:literal $slug:literal, $title:literal, $remedy:literal;)+) => {
        $(pub(crate) static $name: Kind = Kind { slug: $slug, title: $title, status: $status, remedy: $remedy };)+

        /// All kinds, by status.
        pub(crate) static ALL: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    MALFORMED = 400 "malformed-request", "Malformed request",
        "The syntax, an id in the path, a query parameter or a header is invalid; `errors` names it.";
    UNAUTHENTICATED = 401 "unauthenticated", "Authentication required",
        "Send `Authorization: Bearer TOKEN` with the token of a session (from POST /api/auth/login) or an API key.";
    WRONG_LOGIN = 401 "wrong-login", "Wrong e-mail address or password",
        "The answer does not reveal which of them is wrong, or whether the user is disabled.";
    CROSS_SITE = 403 "cross-site-request", "Cross-site request",
        "Only pages of this server, and programs other than browsers, may send requests that write.";
    FORBIDDEN = 403 "forbidden", "Forbidden",
        "`needed` is the missing scope, or `session` if an API key is not accepted. Without `needed`, the role of the \
         caller changed during the request: send it again.";
    NOT_FOUND = 404 "not-found", "Not found",
        "No resource has the id in the path or filter.";
    NO_ROUTE = 404 "unknown-route", "Unknown route",
        "The page at /api lists the routes.";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed", "Method not allowed",
        "The Allow header lists the methods of this route.";
    TOO_SLOW = 408 "request-timeout", "Request timeout",
        "Nothing was written. Send the whole body within the time limit.";
    CONFLICT = 409 "conflict", "Conflict",
        "`detail` says which rule the request breaks. Read the current state before another attempt.";
    DUPLICATE = 409 "duplicate", "Duplicate value",
        "The field in `errors` must be unique: choose another value, or use the existing resource.";
    INSUFFICIENT_STOCK = 409 "insufficient-stock", "Insufficient stock",
        "Nothing was ordered. `available` is the stock of the product `product_id`; callers without `inventory:read` \
         see it only if it is 10 or less.";
    ILLEGAL_TRANSITION = 409 "illegal-transition", "Illegal state transition",
        "`from` is the current state of the order or payment, `to` the one that cannot follow it.";
    ORDER_EXPIRED = 409 "order-expired", "Order expired",
        "The hold of the order ended at `expired_at`, so it can be neither paid nor changed. Place it again.";
    LATE_PAYMENT = 409 "late-payment", "Late payment",
        "The payment was recorded as late, because its order cannot take it: `from` is the state of the order, `expired` \
         from the end of its hold on. Give the money back at the provider, then post to `/api/payments/{payment_id}/return`.";
    OVERPAYMENT = 409 "overpayment", "Overpayment",
        "`due` is the amount left to pay.";
    OVER_REFUND = 409 "over-refund", "Refund exceeds what was paid",
        "`refundable` is the amount that can still be refunded.";
    INACTIVE = 409 "inactive", "Disabled or archived",
        "Activate the user or product first, or use another one.";
    IN_USE = 409 "in-use", "Still in use",
        "`by` names what refers to it. Delete that first, or disable or archive this one instead.";
    LIMIT_REACHED = 409 "limit-reached", "Limit reached",
        "There may be at most `limit` of what `of` names. `detail` says what to do instead.";
    KEY_REUSED = 409 "idempotency-key-reused", "Idempotency key reused",
        "Use a new Idempotency-Key for each request, and the same one only to repeat it.";
    AUTHENTICATION_OFF = 409 "authentication-off", "Authentication is off",
        "This server has no accounts in use: it runs with `--auth off`. Its operator can start it with `ecomdb serve \
         --auth on`.";
    CHANGED = 412 "precondition-failed", "Precondition failed",
        "Nothing was written. The resource has changed: read it again and use its new ETag.";
    TOO_LARGE = 413 "body-too-large", "Content too large",
        "`detail` states the limit in bytes.";
    NOT_JSON = 415 "unsupported-media-type", "Unsupported media type",
        "Send uncompressed JSON with the header `Content-Type: application/json`.";
    MISDIRECTED = 421 "misdirected-request", "Misdirected request",
        "Use the address that the server printed at its start, or let its operator allow the name with `--host`.";
    INVALID = 422 "invalid", "Unprocessable content",
        "Nothing was written. `errors` names each invalid field and says what is allowed.";
    TOO_MANY_ATTEMPTS = 429 "too-many-attempts", "Too many login attempts",
        "Try again after the seconds in Retry-After.";
    TOO_MANY_REQUESTS = 429 "too-many-requests", "Too many requests",
        "Try again after the seconds in Retry-After. The operator sets the limit with --rate-limit.";
    INTERNAL = 500 "internal-error", "Internal server error",
        "Nothing was written. The server's log has the cause under `request_id`.";
    OVERLOADED = 503 "overloaded", "Overloaded",
        "Nothing was written. Try again after the seconds in Retry-After.";
    UNAVAILABLE = 503 "database-unavailable", "Database unavailable",
        "`reason` is `unreachable`, `disk_full`, `read_only`, `no_access`, `disk_failed`, `damaged` or `moved`. \
         Nothing was written. Try again after the seconds in Retry-After.";
    UNKNOWN_OUTCOME = 503 "unknown-outcome", "Unknown outcome",
        "The database connection failed during COMMIT, or the request timed out. With an Idempotency-Key, repeat the \
         request: it has no second effect. Without one, read the resource to see whether it was changed.";
}
