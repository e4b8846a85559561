package tenant

import "example.com/keepsake/models"

// clientGrants reads the section clientGrants. A client is named by its id or, as the Deploy CLI writes it, by its name.
func (l *loader) clientGrants(doc *object) {
	objects, _ := doc.children("clientGrants")
	seen := make(map[string]*node)
	for _, o := range objects {
		client, audience := o.required("client_id"), o.required("audience")
		given, _ := o.strings("scope")
		o.done()
		clientID, ok := l.clientByName(client)
		if audience.text == "" {
			continue
		}
		api, found := l.audience(audience)
		switch {
		case !ok || !found:
			if l.names.skippedClients[client.text] || !found && l.names.skippedAPIs[audience.text] {
				l.ignore(o.path)
			}
		case l.unique(seen, "grant for", located{text: client.text + " and " + api.Identifier, at: o.at, path: o.path}):
			l.result.Config.ClientGrants = append(l.result.Config.ClientGrants, models.ClientGrant{
				ID:       derivedID(models.PrefixClientGrant, clientID, api.Identifier),
				ClientID: clientID,
				Audience: api.Identifier,
				Scopes:   l.granted(api, given),
			})
		}
	}
}

// clientByName finds a client by name or id, with a problem if there is none. False also for one that was left out.
func (l *loader) clientByName(s located) (string, bool) {
	if s.text == "" {
		return "", false
	}
	id, ok := l.names.clients[s.text]
	if !ok && !l.names.skippedClients[s.text] {
		l.problemf(s.at, s.path, "there is no client %q", s.text)
	}
	return id, ok
}
