package models

// Role is a named set of permissions.
type Role struct {
	ID          string
	Name        string
	Description string
	Permissions []Permission
}

// Permission is one scope of one API.
type Permission struct {
	Audience string `json:"resource_server_identifier"`
	Name     string `json:"permission_name"`
}
