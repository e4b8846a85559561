package tenant

import "example.com/keepsake/models"

// maxConnectionMetadata is how many entries a connection's metadata has at most (Auth0's limit).
const maxConnectionMetadata = 10

// defaultConnection is the database that every Auth0 tenant begins with.
const defaultConnection = "Username-Password-Authentication"

// nobody stands in a list of enabled clients or connections that the document gives as empty, because an empty list of
// models means all. It can't be the name of anything.
const nobody = "(none)"

// connections reads the sections databases and connections. The Deploy CLI keeps database connections in the former and all
// others in the latter; both are read alike, and whatever is no database is ignored.
func (l *loader) connections(doc *object) {
	seen := make(map[string]*node)
	sections := 0
	for _, section := range []string{"databases", "connections"} {
		objects, ok := doc.children(section)
		if ok {
			sections++
		}
		for _, o := range objects {
			l.connection(o, section, seen)
		}
	}
	if sections == 0 && (doc.at.field("users") != nil || l.result.Config.Tenant.DefaultDirectory == defaultConnection) {
		l.addConnection(models.Connection{Name: defaultConnection, Strategy: models.StrategyDatabase})
	}
	l.onlyDirectory()
}

// onlyDirectory makes the one database of a tenant its default directory, or the one that Auth0 begins with, when the tenant
// names none. The login page takes users from there.
func (l *loader) onlyDirectory() {
	c := l.result.Config
	switch {
	case c.Tenant.DefaultDirectory != "":
	case len(c.Connections) == 1:
		c.Tenant.DefaultDirectory = c.Connections[0].Name
	case l.names.connections[defaultConnection]:
		c.Tenant.DefaultDirectory = defaultConnection
	}
}

func (l *loader) connection(o *object, section string, seen map[string]*node) {
	name := o.required("name")
	first := l.unique(seen, "connection", name)
	def := ""
	if section == "databases" {
		def = models.StrategyDatabase
	}
	strategy := o.located("strategy")
	if strategy.text == "" {
		strategy.text = def
	}
	if strategy.text == "" {
		o.required("strategy")
		return
	}
	if strategy.text != models.StrategyDatabase {
		l.names.skippedConnections[name.text] = true
		l.ignore(o.path + " (" + strategy.text + ")")
		return
	}
	c := models.Connection{
		Name:           name.text,
		Strategy:       strategy.text,
		Metadata:       o.stringMap("metadata", maxConnectionMetadata),
		EnabledClients: l.enabledClients(o),
	}
	if options := o.child("options"); options != nil {
		c.RequiresUsername = options.flag("requires_username", false)
		options.done()
	}
	o.done()
	if first && name.text != "" {
		l.addConnection(c)
	}
}

func (l *loader) addConnection(c models.Connection) {
	c.ID = derivedID(models.PrefixConnection, c.Name)
	l.names.connections[c.Name] = true
	l.result.Config.Connections = append(l.result.Config.Connections, c)
}

// enabledClients reads the ids or names of clients. Without the key, a connection is for all of them.
func (l *loader) enabledClients(o *object) []string {
	given, ok := o.strings("enabled_clients")
	if !ok {
		return nil
	}
	var out []string
	for _, s := range given {
		if id, ok := l.clientByName(s); ok {
			out = append(out, id)
		}
	}
	if len(out) == 0 {
		l.warnf(o.take("enabled_clients"), o.key("enabled_clients"), "no client may use the connection: leave the key out to allow all")
		return []string{nobody}
	}
	return distinct(out)
}
