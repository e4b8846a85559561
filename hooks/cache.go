package hooks

import (
	"math"
	"sync"
	"time"
)

// Limits of api.cache (contract 3.8; section 9 line 15).
const (
	// DefaultCacheTTL is how long a value lives when the hook does not say, MaxCacheTTL the longest.
	DefaultCacheTTL = 15 * time.Minute
	MaxCacheTTL     = 24 * time.Hour

	maxCacheKey     = 64       // bytes
	maxCacheValue   = 4 << 10  // bytes
	maxCacheTotal   = 16 << 10 // bytes of keys and values
	maxCacheEntries = 20
	maxCacheWrites  = 100 // of one execution
	maxSafeInteger  = 1<<53 - 1
)

// CacheCode says why a cache did not do what a hook asked for; empty: it did.
type CacheCode string

// The codes (contract 3.8).
const (
	CacheMaxSideEffects  CacheCode = "MaxSideEffectsExceeded"
	CacheKeySize         CacheCode = "CacheKeySizeExceeded"
	CacheValueSize       CacheCode = "CacheValueSizeExceeded"
	CacheSize            CacheCode = "CacheSizeExceeded"
	CacheItemExpired     CacheCode = "ItemAlreadyExpired"
	CacheInvalidExpiry   CacheCode = "InvalidExpiry"
	CacheKeyDoesNotExist CacheCode = "CacheKeyDoesNotExist"
	CacheFailedToSet     CacheCode = "FailedToSetCacheRecord"
	CacheFailedToDelete  CacheCode = "FailedToDeleteCacheRecord"
)

// CacheRecord is one value. ExpiresAt is in milliseconds since 1970.
type CacheRecord struct {
	Value     string
	ExpiresAt int64
}

// CacheExpiry is when a value ends, in milliseconds: after TTL, and at ExpiresAt. The earlier of the two counts; nil is neither.
type CacheExpiry struct{ TTL, ExpiresAt *float64 }

// Cache is what the hooks of one trigger keep between transactions: in this process only, as long as it lives. Its methods may be
// called at the same time.
type Cache struct {
	now func() time.Time

	mu      sync.Mutex
	records map[string]CacheRecord
}

// NewCache returns an empty cache. now is the clock; nil means time.Now.
func NewCache(now func() time.Time) *Cache {
	if now == nil {
		now = time.Now
	}
	return &Cache{now: now, records: make(map[string]CacheRecord)}
}

func (c *Cache) get(key string) (CacheRecord, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.records[key]
	return r, ok && r.ExpiresAt >= c.now().UnixMilli()
}

func (c *Cache) set(key, value string, expiry CacheExpiry) (CacheRecord, CacheCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now().UnixMilli()
	if code := c.room(key, value, now); code != "" {
		return CacheRecord{}, code
	}
	expires, code := expiry.at(now)
	if code != "" {
		return CacheRecord{}, code
	}
	r := CacheRecord{Value: value, ExpiresAt: expires}
	c.records[key] = r
	return r, ""
}

// room reports why a record does not fit. What has expired makes room, and so does the record in whose place it comes.
func (c *Cache) room(key, value string, now int64) CacheCode {
	switch {
	case len(key) > maxCacheKey:
		return CacheKeySize
	case len(value) > maxCacheValue:
		return CacheValueSize
	}
	entries, total := 1, len(key)+len(value)
	for k, r := range c.records {
		switch {
		case r.ExpiresAt < now:
			delete(c.records, k)
		case k != key:
			entries++
			total += len(k) + len(r.Value)
		}
	}
	if entries > maxCacheEntries || total > maxCacheTotal {
		return CacheSize
	}
	return ""
}

// invalid reports whether one of the two is no finite number.
func (e CacheExpiry) invalid() bool {
	for _, ms := range []*float64{e.TTL, e.ExpiresAt} {
		if ms != nil && (math.IsNaN(*ms) || math.IsInf(*ms, 0)) {
			return true
		}
	}
	return false
}

// at returns the end of a value in milliseconds since 1970.
func (e CacheExpiry) at(now int64) (int64, CacheCode) {
	if e.invalid() {
		return 0, CacheInvalidExpiry
	}
	end := math.Inf(1)
	for _, limit := range []struct {
		ms   *float64
		from float64
	}{{e.TTL, float64(now)}, {e.ExpiresAt, 0}} {
		if limit.ms == nil {
			continue
		}
		end = min(end, limit.from+math.Floor(*limit.ms))
	}
	switch {
	case math.IsInf(end, 1):
		return now + DefaultCacheTTL.Milliseconds(), ""
	case end <= float64(now):
		return 0, CacheItemExpired
	case end > maxSafeInteger:
		return 0, CacheInvalidExpiry
	}
	return min(int64(end), now+MaxCacheTTL.Milliseconds()), ""
}

func (c *Cache) remove(key string) CacheCode {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.records[key]; !ok {
		return CacheKeyDoesNotExist
	}
	delete(c.records, key)
	return ""
}

// CacheAPI is api.cache.
type CacheAPI struct{ *flow }

// Get returns the value of a key, if there is one that has not ended.
func (a CacheAPI) Get(key string) (CacheRecord, bool) { return a.cache().get(key) }

// Set keeps a value. The record says when it ends; a code why it was not kept.
func (a CacheAPI) Set(key, value string, expiry CacheExpiry) (CacheRecord, CacheCode) {
	if a.exhausted() {
		return CacheRecord{}, CacheMaxSideEffects
	}
	a.api.leave()
	return a.cache().set(key, value, expiry)
}

// Delete forgets a key.
func (a CacheAPI) Delete(key string) CacheCode {
	if a.exhausted() {
		return CacheMaxSideEffects
	}
	a.api.leave()
	return a.cache().remove(key)
}

func (a CacheAPI) exhausted() bool {
	a.api.writes++
	return a.api.writes > maxCacheWrites
}

func (a CacheAPI) cache() cacheStore { return a.api.cache() }

// cacheStore is a Cache, or the way to one in another process.
type cacheStore interface {
	get(key string) (CacheRecord, bool)
	set(key, value string, expiry CacheExpiry) (CacheRecord, CacheCode)
	remove(key string) CacheCode
}
