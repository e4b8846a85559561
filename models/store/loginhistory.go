package store

import (
	"context"
	"database/sql"
	"time"

	"example.com/keepsake/models"
)

// maxDevices is how many of a user's devices, the newest ones, are looked at to tell whether one is known.
const maxDevices = 50

var (
	// A session that is over and a token that is revoked were devices all the same.
	selectDevices = both(`SELECT initial_ip, initial_asn, initial_user_agent, last_ip, last_asn, last_user_agent FROM (
			SELECT created_at, initial_ip, initial_asn, initial_user_agent, last_ip, last_asn, last_user_agent
				FROM sessions WHERE user_id = :user_id AND id <> :session_id
			UNION ALL
			SELECT created_at, initial_ip, initial_asn, initial_user_agent, last_ip, last_asn, last_user_agent
				FROM refresh_tokens WHERE user_id = :user_id
		) AS devices ORDER BY created_at DESC LIMIT :take`)
	selectSighting = both(`SELECT seen_at, seen_latitude, seen_longitude FROM users WHERE id = :user_id`)
	updateSighting = both(`UPDATE users SET seen_at = :at, seen_latitude = :latitude, seen_longitude = :longitude WHERE id = :user_id`)
)

// LoginHistory returns where a user was seen last and with what devices, without those of one session ("" for none).
// models.ErrNotFound when there is no such user.
func (s *Store) LoginHistory(ctx context.Context, userID, exceptSession string) (*models.LoginHistory, error) {
	const doing = "read login history"
	var h models.LoginHistory
	var at instant
	var latitude, longitude sql.NullFloat64
	a := args{"user_id": userID, "session_id": exceptSession, "take": int64(maxDevices)}
	if err := s.r.one(ctx, selectSighting, a, &at, &latitude, &longitude); err != nil {
		return nil, failed(doing, err)
	}
	if latitude.Valid && longitude.Valid {
		h.Last = &models.Sighting{At: time.Time(at), Position: &models.Geo{Latitude: latitude.Float64, Longitude: longitude.Float64, HasPosition: true}}
	}
	err := s.r.all(ctx, selectDevices, a, func(rows *sql.Rows) error {
		var d models.Device
		err := rows.Scan((*text)(&d.InitialIP), (*text)(&d.InitialASN), (*text)(&d.InitialUserAgent),
			(*text)(&d.LastIP), (*text)(&d.LastASN), (*text)(&d.LastUserAgent))
		h.Devices = append(h.Devices, d)
		return err
	})
	return found(&h, failed(doing, err))
}

// SaveSighting records where and when a user signed in; the position must be known. A user who is gone is no error.
func (s *Store) SaveSighting(ctx context.Context, userID string, seen models.Sighting) error {
	_, err := s.w.exec(ctx, updateSighting, args{
		"user_id": userID, "at": seen.At, "latitude": seen.Position.Latitude, "longitude": seen.Position.Longitude,
	})
	return failed("write where a user signed in", err)
}
