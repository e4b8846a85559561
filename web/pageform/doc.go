// Package pageform reads the form of a page as a browser does. It is for programs that play a person at the login page: the demo and
// the benchmark. It knows HTML and nothing of the pages.
package pageform
