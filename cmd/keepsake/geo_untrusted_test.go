package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/keepsake/models"
)

func TestUntrustedIPs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, row := range map[string]struct {
		file, problem string
		entries       int
	}{
		"none":         {"", "", 0},
		"a good list":  {write("good.txt", "192.0.2.0/24 spam\n2001:db8::1\n"), "", 2},
		"a wrong line": {write("bad.txt", "192.0.2.0/24\nexample.com\n"), `line 2: "example.com" is no address`, 0},
		"no such file": {filepath.Join(dir, "none"), "no such file", 0},
	} {
		c := &checker{}
		list := openUntrusted(c, &settings{UntrustedIPs: row.file})
		problems := strings.Join(c.problems, "\n")
		if list.Len() != row.entries || (problems == "") != (row.problem == "") || !strings.Contains(problems, row.problem) {
			t.Errorf("%s: %d entries, problems %q", name, list.Len(), problems)
		}
	}
}

func TestHeaderNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "x-ja3-hash": "X-Ja3-Hash", "X-JA4": "X-Ja4"} {
		c := &checker{}
		if got := checkHeader(c, "ja3-header", text); got != want || len(c.problems) > 0 {
			t.Errorf("%q is %q, problems %v", text, got, c.problems)
		}
	}
	c := &checker{}
	if checkHeader(c, "ja3-header", "X JA3:"); len(c.problems) != 1 {
		t.Errorf("problems %v", c.problems)
	}
}

func TestLocator(t *testing.T) {
	t.Parallel()
	if locator(nil) != nil {
		t.Error("without a database places are known")
	}
	c := &checker{}
	reader := openDemoGeo(c)
	if len(c.problems) > 0 {
		t.Fatal(c.problems)
	}
	t.Cleanup(func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	})
	const documented = "198.51.100.7"
	_, want := reader.Lookup(netip.MustParseAddr(documented))
	locate := locator(reader)
	var got *models.Geo
	if got = locate(documented); got == nil || *got != *want {
		t.Errorf("%s is at %v, want %v", documented, got, want)
	}
	if got = locate("no address"); got != nil {
		t.Errorf("no address is at %v", got)
	}
}
