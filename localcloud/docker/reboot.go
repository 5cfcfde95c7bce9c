package docker

import (
	"context"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

// rebooted is the exit code of a container whose init called reboot: the
// kernel ends it by SIGHUP, where halt and power-off end it by SIGINT.
const rebooted = "129"

// watchReboots starts machines again that rebooted by themselves (a kernel
// update, systemctl reboot): Docker only sees that they ended, and a restart
// by Docker's own policy would leave them without volumes.
func (m *Machines) watchReboots() {
	if m.stopWatch != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	m.stopWatch = stop
	go func() {
		for ctx.Err() == nil {
			m.followReboots(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(2 * time.Second): // Docker itself restarts
			}
		}
	}()
}

// followReboots returns when Docker ends the stream of events.
func (m *Machines) followReboots(ctx context.Context) {
	found := m.docker.Events(ctx, client.EventsListOptions{
		Filters: m.mine().Add("type", "container").Add("event", string(events.ActionDie)),
	})
	for {
		select {
		case <-found.Err:
			return
		case e := <-found.Messages:
			id, err := strconv.Atoi(e.Actor.Attributes[labelDroplet])
			if err != nil || e.Actor.Attributes["exitCode"] != rebooted {
				continue
			}
			// Docker announces the end before it takes note of it.
			err = m.waitStopped(ctx, e.Actor.ID)
			if err == nil {
				err = m.Boot(ctx, m.record(id).Machine)
			}
			if err != nil && ctx.Err() == nil {
				m.log.Error("machine did not come back from its reboot", "id", id, "err", err)
			}
		}
	}
}
