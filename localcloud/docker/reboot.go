package docker

import (
	"context"
	"strconv"

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
	found := m.docker.Events(ctx, client.EventsListOptions{
		Filters: m.mine().Add("type", "container").Add("event", string(events.ActionDie)),
	})
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-found.Err: // Docker stopped; the cloud says everything again when it is back
				return
			case e := <-found.Messages:
				if e.Actor.Attributes["exitCode"] != rebooted {
					continue
				}
				id, err := strconv.Atoi(e.Actor.Attributes[labelDroplet])
				if err != nil {
					continue
				}
				// Docker announces the end before it takes note of it.
				err = m.waitStopped(ctx, e.Actor.ID)
				if err == nil {
					err = m.Boot(ctx, m.record(id).Machine)
				}
				if err != nil {
					m.log.Error("machine did not come back from its reboot", "id", id, "err", err)
				}
			}
		}
	}()
}
