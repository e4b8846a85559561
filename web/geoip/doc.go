// Package geoip says where an address is, from MaxMind DB files (.mmdb) that somebody else provides: a City (or Country)
// database for the place, an ASN (or ISP) database for the network. Either may be missing.
//
// It reads files and answers from memory. It does not download them, and it decides nothing: whose address a request
// carries is package middleware's.
package geoip
