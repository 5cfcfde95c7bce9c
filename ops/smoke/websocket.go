package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// websocketMessage listens on the user's own channel, makes Odoo notify it,
// and waits for the notification: the way from a worker through Postgres and
// the gevent process to a browser.
func websocketMessage(ctx context.Context, v *visit) (detail string, err error) {
	c, err := v.login(ctx)
	if err != nil {
		return "", err
	}
	conn, err := v.dialWebsocket(ctx, c)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.CloseNow() }() // whatever is left of it
	sub := `{"event_name":"subscribe","data":{"channels":[],"last":0}}`
	if err := conn.Write(ctx, websocket.MessageText, []byte(sub)); err != nil {
		return "", fmt.Errorf("subscribe: %w", err)
	}
	message, err := v.note(ctx)
	if err != nil {
		return "", err
	}
	defer func() {
		if derr := v.kw(ctx, "mail.message", "unlink", []any{[]int{message}}, nil, nil); derr != nil && err == nil {
			err = fmt.Errorf("delete the note: %w", derr)
		}
	}()
	if err := v.kw(ctx, "mail.message", "toggle_message_starred", []any{[]int{message}}, nil, nil); err != nil {
		return "", fmt.Errorf("star a note, which notifies the user: %w", err)
	}
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return "", fmt.Errorf("wait for the notification: %w", err)
		}
		if typ, ok := about(text, message); ok {
			return "received " + typ, nil
		}
	}
}

// dialWebsocket goes with the session's cookie and, like an app rather than a
// browser's worker, without a user agent: Odoo closes browsers' connections
// that don't name its own asset version.
func (v *visit) dialWebsocket(ctx context.Context, c *http.Client) (*websocket.Conn, error) {
	u, err := url.Parse(v.url("/websocket"))
	if err != nil {
		return nil, err
	}
	var cookies []string
	for _, k := range c.Jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	header := http.Header{}
	header.Set("Cookie", strings.Join(cookies, "; "))
	header.Set("Origin", strings.TrimSuffix(v.url("/"), "/"))
	header.Set("User-Agent", "")
	conn, res, err := websocket.Dial(ctx, strings.Replace(u.String(), "https://", "wss://", 1), &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: v.known()}, HTTPHeader: header,
	})
	if err != nil {
		if res != nil {
			return nil, fmt.Errorf("connect to /websocket: %s", res.Status)
		}
		return nil, fmt.Errorf("connect to /websocket: %w", err)
	}
	conn.SetReadLimit(4 << 20)
	return conn, nil
}

// note posts an internal note on the user's own contact and returns its id.
func (v *visit) note(ctx context.Context) (int, error) {
	var answer any
	err := v.kw(ctx, "res.partner", "message_post", []any{[]int{v.partner}},
		map[string]any{"body": "smoke", "message_type": "comment", "subtype_xmlid": "mail.mt_note"}, &answer)
	if err != nil {
		return 0, fmt.Errorf("post a note: %w", err)
	}
	switch id := answer.(type) {
	case float64:
		return int(id), nil
	case []any:
		if len(id) > 0 {
			if n, ok := id[0].(float64); ok {
				return int(n), nil
			}
		}
	}
	return 0, fmt.Errorf("post a note: Odoo answers %v", answer)
}

// about finds a notification on the message.
func about(text []byte, message int) (string, bool) {
	var list []struct {
		Message struct {
			Type    string          `json:"type"`
			Payload json.RawMessage `json:"payload"`
		} `json:"message"`
	}
	if json.Unmarshal(text, &list) != nil {
		return "", false
	}
	for _, n := range list {
		if n.Message.Type != "mail.message/toggle_star" {
			continue
		}
		var p struct {
			IDs []int `json:"message_ids"`
		}
		if json.Unmarshal(n.Message.Payload, &p) == nil && len(p.IDs) == 1 && p.IDs[0] == message {
			return n.Message.Type, true
		}
	}
	return "", false
}
