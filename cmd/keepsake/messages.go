package main

import (
	"log/slog"
	"net"
	"net/http"

	"example.com/keepsake/messages"
	"example.com/keepsake/models/mfa"
)

// What --message-sender takes besides a URL.
const (
	senderLog  = "log"
	senderNone = "none"
)

// messageTokenEnv is the bearer token for the endpoint that sends messages. Like every secret it comes from the environment.
const messageTokenEnv = "KEEPSAKE_MESSAGE_TOKEN"

// checkSender checks --message-sender.
func checkSender(c *checker, sender string) string {
	switch sender {
	case "", senderLog, senderNone:
		return sender
	}
	if _, err := messages.NewWebhook(messages.WebhookOptions{URL: sender}); err != nil {
		// The URL may have a key in it: it is not repeated.
		c.flag("message-sender", "must be log, none, or the https URL of an endpoint that sends messages")
	}
	return sender
}

// newSender returns who brings one-time codes to people; nil when nobody does, and there are no email and phone factors then. Without a setting
// it is the log for a server on a loopback address, and nobody for any other: whoever reads the log could pass for any user.
func newSender(s *settings, address net.Addr, logger *slog.Logger) mfa.Sender {
	sender := s.MessageSender
	if sender == "" {
		sender = senderNone
		if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
			sender = senderLog
		}
	}
	switch sender {
	case senderNone:
		return nil
	case senderLog:
		return messages.NewLog(logger)
	}
	webhook, err := messages.NewWebhook(messages.WebhookOptions{URL: sender, Token: s.MessageToken, Client: &http.Client{}})
	if err != nil { // checkSender has seen it
		logger.Error("messages are not sent", "error", err)
		return nil
	}
	return webhook
}
