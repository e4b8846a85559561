package mfa

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"example.com/keepsake/models"
)

// What authenticator apps understand without being told (RFC 6238, and the key URI format that they share).
const (
	period  = 30 * time.Second
	skew    = 1 // steps to either side: clocks differ, and people type
	keySize = 20
	qrSize  = 232 // pixels
)

var codeFormat = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var keyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// newKey returns a new key for an authenticator app, in base32.
func newKey() string {
	var b [keySize]byte
	rand.Read(b[:])
	return keyEncoding.EncodeToString(b[:])
}

func stepOf(at time.Time) int64 { return at.Unix() / int64(period/time.Second) }

// Code returns the code of a key at a time: what an authenticator app shows.
func Code(key string, at time.Time) (string, error) {
	code, err := hotp.GenerateCodeCustom(key, uint64(stepOf(at)), codeFormat)
	if err != nil {
		return "", fmt.Errorf("make a one-time password: %w", err)
	}
	return code, nil
}

// matchOTP returns the newest time step around now whose code it is. All steps are looked at, whichever matches.
func matchOTP(key, code string, now time.Time) (step int64, ok bool, err error) {
	code = digits(code)
	for i := stepOf(now) - skew; i <= stepOf(now)+skew; i++ {
		want, err := hotp.GenerateCodeCustom(key, uint64(i), codeFormat)
		if err != nil {
			return 0, false, fmt.Errorf("make a one-time password: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = i, true
		}
	}
	return step, ok, nil
}

// digits takes out the spaces that people put between digits.
func digits(code string) string { return strings.ReplaceAll(code, " ", "") }

// keyURI returns what an authenticator app reads from a QR code.
func keyURI(tenant *models.Tenant, user *models.User, key string) string {
	issuer := tenant.FriendlyName
	if issuer == "" {
		issuer = tenant.ID
	}
	issuer = strings.ReplaceAll(issuer, ":", " ") // it ends the issuer in the label
	label := url.PathEscape(issuer) + ":" + url.PathEscape(user.DisplayName())
	query := url.Values{"secret": {key}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	// Apps read %20, and not all of them "+".
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// qrCode returns a key URI as a picture, in a data: URL.
func qrCode(uri string) (string, error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return "", fmt.Errorf("parse a key URI: %w", err)
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return "", fmt.Errorf("encode a QR code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// CheckOTP takes a code of an authenticator app: the first of one that is being enrolled, else one of the user's. models.ErrWrongCode,
// models.ErrTooMany, models.ErrNotEnrolled.
func (s *Service) CheckOTP(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, code string) (*models.FactorPassed, error) {
	if e := t.Enrolment; e != nil && e.Type == models.FactorOTP {
		return s.attempt(ctx, t, func() (*models.FactorPassed, error) {
			step, ok, err := matchOTP(e.Key, code, s.now())
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, models.ErrWrongCode
			}
			return s.enrol(ctx, t, st, step)
		})
	}
	a := st.OfType(models.FactorOTP)
	if a == nil {
		return nil, models.ErrNotEnrolled
	}
	return s.attempt(ctx, t, func() (*models.FactorPassed, error) {
		now := s.now()
		step, ok, err := matchOTP(a.Key, code, now)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, models.ErrWrongCode
		}
		if err := s.store.UseOTP(ctx, a.ID, step, now); err != nil {
			return nil, err
		}
		return &models.FactorPassed{Type: models.FactorOTP}, nil
	})
}
