package examples

import "embed"

// FS has tenant.yaml, actions/*.js, forms/*.json, geo/demo-city.mmdb and geo/demo-asn.mmdb.
//
//go:embed tenant.yaml actions/*.js forms/*.json geo/*.mmdb
var FS embed.FS

//go:generate go run ./geo/generate.go
