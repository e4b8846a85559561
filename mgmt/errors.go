package mgmt

import (
	"errors"
	"log/slog"
	"net/http"

	"example.com/keepsake/models"
)

// Values of errorCode for requests that don't have the right form.
const (
	codeBody  = "invalid_body"
	codeQuery = "invalid_query_string"
	codeURI   = "invalid_uri"
)

// apiError is an answer that is an error. message is for the client, cause is for the server's log only.
type apiError struct {
	status    int
	message   string
	code      string // errorCode; many of Auth0's answers have none (contract 4.1)
	challenge string // WWW-Authenticate
	cause     error
}

// Error returns the message and the cause.
func (e *apiError) Error() string {
	if e.cause != nil {
		return e.message + ": " + e.cause.Error()
	}
	return e.message
}

// Unwrap returns the cause.
func (e *apiError) Unwrap() error { return e.cause }

func badRequest(code, message string) error {
	return &apiError{status: http.StatusBadRequest, code: code, message: message}
}

// missing turns models.ErrNotFound into an answer of a status and message of its own, and leaves other errors alone.
func missing(err error, status int, message string) error {
	if errors.Is(err, models.ErrNotFound) {
		return &apiError{status: status, message: message, cause: err}
	}
	return err
}

// notFound is missing with the usual status.
func notFound(err error, message string) error { return missing(err, http.StatusNotFound, message) }

// errorBody is how every error looks (contract 4.1).
type errorBody struct {
	StatusCode int    `json:"statusCode"`
	Error      string `json:"error"`
	Message    string `json:"message"`
	ErrorCode  string `json:"errorCode,omitempty"`
}

// renderError writes any error. What it doesn't know is internal: logged in full, and nothing of it is in the answer.
func (a *API) renderError(w http.ResponseWriter, r *http.Request, err error) {
	e := asAPIError(err)
	switch {
	case e.status < http.StatusInternalServerError:
		a.logger.DebugContext(r.Context(), "management request refused", a.describe(r, e.status, err)...)
	case r.Context().Err() != nil: // nobody is listening any more, and that is why it failed
		a.logger.DebugContext(r.Context(), "management request abandoned", a.describe(r, e.status, err)...)
	default:
		a.logger.ErrorContext(r.Context(), "management request failed", a.describe(r, e.status, err)...)
	}
	if e.challenge != "" {
		w.Header().Set("WWW-Authenticate", e.challenge)
	}
	b, err := encode(errorBody{StatusCode: e.status, Error: http.StatusText(e.status), Message: e.message, ErrorCode: e.code})
	if err != nil { // four plain members always encode
		a.logger.ErrorContext(r.Context(), "encode an error", slog.Any("error", err))
	}
	a.write(w, r, e.status, b)
}

// describe names the request by its path: the query and the headers may hold what a log must not.
func (a *API) describe(r *http.Request, status int, err error) []any {
	return []any{slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", status), slog.Any("error", err)}
}

func asAPIError(err error) *apiError {
	var (
		api      *apiError
		metadata *models.MetadataError
		invalid  *models.InvalidError
	)
	switch {
	case errors.As(err, &api):
		return api
	case errors.As(err, &metadata):
		return &apiError{status: http.StatusBadRequest, message: metadataMessage(metadata)}
	case errors.As(err, &invalid):
		return &apiError{status: http.StatusBadRequest, message: invalid.Message}
	case errors.Is(err, models.ErrNotFound):
		return &apiError{status: http.StatusNotFound, message: "Not Found"}
	case errors.Is(err, models.ErrConflict):
		return &apiError{status: http.StatusConflict, message: "Conflict"}
	}
	return &apiError{status: http.StatusInternalServerError, message: "Internal Server Error"}
}

// metadataMessage is the API's sentence about a broken metadata rule: one for all the rules about size (contract 1.4).
func metadataMessage(e *models.MetadataError) string {
	if e.Size {
		return models.MetadataSizeMessage
	}
	return e.Message
}
