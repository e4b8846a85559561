package geoip

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"example.com/keepsake/models"
	"github.com/oschwald/maxminddb-golang/v2"
)

// Reader answers from the databases that it was given. It is safe for concurrent use until Close.
type Reader struct {
	city *maxminddb.Reader // nil: none
	asn  *maxminddb.Reader
	seen *seen
}

// Open reads the files at the two paths; an empty path is a database that is not there. They are mapped into
// memory: replace a file by renaming a new one over it, never by writing into it.
func Open(cityPath, asnPath string) (*Reader, error) {
	city, cityErr := open(cityPath, "city", maxminddb.Open)
	asn, asnErr := open(asnPath, "ASN", maxminddb.Open)
	return newReader(city, asn, errors.Join(cityErr, asnErr))
}

// New is Open for databases in memory; an empty slice is a database that is not there. The slices must not be changed.
func New(cityBytes, asnBytes []byte) (*Reader, error) {
	city, cityErr := open(cityBytes, "city", maxminddb.OpenBytes)
	asn, asnErr := open(asnBytes, "ASN", maxminddb.OpenBytes)
	return newReader(city, asn, errors.Join(cityErr, asnErr))
}

func open[S string | []byte](source S, kind string, with func(S, ...maxminddb.ReaderOption) (*maxminddb.Reader, error)) (*maxminddb.Reader, error) {
	if len(source) == 0 {
		return nil, nil
	}
	db, err := with(source)
	if err == nil {
		return db, nil
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return nil, fmt.Errorf("open the %s database: %w", kind, err) // it names the file
	}
	if path, ok := any(source).(string); ok {
		return nil, fmt.Errorf("open the %s database %s: %w", kind, path, err)
	}
	return nil, fmt.Errorf("open the %s database: %w", kind, err)
}

func newReader(city, asn *maxminddb.Reader, err error) (*Reader, error) {
	r := &Reader{city: city, asn: asn, seen: newSeen()}
	if err == nil {
		err = r.checkKinds()
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// checkKinds finds out when the two databases were mixed up, which would otherwise only show as places never found.
func (r *Reader) checkKinds() error {
	var errs []error
	if r.city != nil && networkKind(r.city.Metadata.DatabaseType) {
		errs = append(errs, fmt.Errorf("the city database is of type %s, which has no places", r.city.Metadata.DatabaseType))
	}
	if r.asn != nil && placeKind(r.asn.Metadata.DatabaseType) {
		errs = append(errs, fmt.Errorf("the ASN database is of type %s, which has no networks", r.asn.Metadata.DatabaseType))
	}
	return errors.Join(errs...)
}

func networkKind(databaseType string) bool {
	return strings.Contains(databaseType, "ASN") || strings.HasSuffix(databaseType, "ISP")
}

func placeKind(databaseType string) bool {
	return strings.Contains(databaseType, "City") || strings.Contains(databaseType, "Country")
}

// Close releases the files. Nobody may be in Lookup, then or later.
func (r *Reader) Close() error {
	var errs []error
	for _, db := range []*maxminddb.Reader{r.city, r.asn} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Lookup returns the network of an address ("AS13335", "" when unknown) and its place (nil when unknown). A record that
// can't be read is an unknown place: a damaged database must not stop a login.
func (r *Reader) Lookup(addr netip.Addr) (asn string, geo *models.Geo) {
	addr = addr.Unmap()
	if !addr.IsValid() {
		return "", nil
	}
	asn, geo, ok := r.seen.find(addr)
	if !ok {
		asn, geo = r.network(addr), r.place(addr)
		r.seen.remember(addr, asn, geo)
	}
	return asn, geo
}

func (r *Reader) network(addr netip.Addr) string {
	if r.asn == nil {
		return ""
	}
	var record struct {
		Number uint32 `maxminddb:"autonomous_system_number"`
	}
	if err := r.asn.Lookup(addr).Decode(&record); err != nil || record.Number == 0 {
		return ""
	}
	return "AS" + strconv.FormatUint(uint64(record.Number), 10)
}

// names is a name in the one language that Auth0 answers in.
type names struct {
	English string `maxminddb:"en"`
}

// place is what is read of a City or Country record. Fields that are not here are skipped without being decoded.
type place struct {
	City struct {
		Names names `maxminddb:"names"`
	} `maxminddb:"city"`
	Continent struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"continent"`
	Country struct {
		Code  string `maxminddb:"iso_code"`
		Names names  `maxminddb:"names"`
	} `maxminddb:"country"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		TimeZone  string   `maxminddb:"time_zone"`
	} `maxminddb:"location"`
	// Subdivisions go from the largest (a state) to the smallest (a county).
	Subdivisions []struct {
		Code  string `maxminddb:"iso_code"`
		Names names  `maxminddb:"names"`
	} `maxminddb:"subdivisions"`
}

func (r *Reader) place(addr netip.Addr) *models.Geo {
	if r.city == nil {
		return nil
	}
	result := r.city.Lookup(addr)
	if !result.Found() {
		return nil
	}
	var p place
	if err := result.Decode(&p); err != nil {
		return nil
	}
	return p.geo()
}

func (p *place) geo() *models.Geo {
	g := &models.Geo{
		CityName:      p.City.Names.English,
		ContinentCode: p.Continent.Code,
		CountryCode:   p.Country.Code,
		CountryCode3:  countryCode3(p.Country.Code),
		CountryName:   p.Country.Names.English,
		TimeZone:      p.Location.TimeZone,
	}
	if p.Location.Latitude != nil && p.Location.Longitude != nil {
		g.Latitude, g.Longitude, g.HasPosition = *p.Location.Latitude, *p.Location.Longitude, true
	}
	if len(p.Subdivisions) > 0 {
		g.SubdivisionCode, g.SubdivisionName = p.Subdivisions[0].Code, p.Subdivisions[0].Names.English
	}
	if *g == (models.Geo{}) {
		return nil
	}
	return g
}
