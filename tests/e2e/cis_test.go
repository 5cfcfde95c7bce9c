package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/hostscript"
	"github.com/odooops/odooops/tests/checkout"
)

// setting is an item of a CIS benchmark and what a booted machine says of it.
// docs/hardening.md has a row for each, and the reasons for those that differ.
type setting struct {
	item string
	// ask is a shell command, run as root; $T is what sshd -T prints.
	ask string
	// each is what every line of the answer matches; empty is no answer at all.
	each string
	// never matches nothing in the answer.
	never string
	// maybe lets an answer be empty.
	maybe bool
}

// sshd is a setting as sshd has it after all of its files.
func sshd(item, name, value string) setting {
	return setting{item: item, ask: "grep -E '^" + name + " ' <<<\"$T\"", each: "^" + name + " " + value + "$"}
}

// network is a setting of every interface; the kernel keeps one for each
// machine, also where machines are containers.
func network(item, name, value string) setting {
	return setting{item: item, ask: "cat /proc/sys/net/ipv4/" + name, each: "^" + value + "$"}
}

// kernel is a setting of the machine's kernel. A machine of the local cloud
// has the computer's and leaves that alone: there, only the file says it.
func kernel(item, name, value string) setting {
	return setting{item: item, each: "^" + value + "$", ask: "if systemd-detect-virt --quiet --container; then " +
		"sed -n 's/^" + name + " = //p' /etc/sysctl.d/90-odooops.conf; else sysctl -n " + name + "; fi"}
}

// mode is who may do what with files.
func mode(item, want string, paths ...string) setting {
	return setting{item: item, ask: "stat -c '%a %U:%G' " + strings.Join(paths, " "), each: "^(" + want + ")$"}
}

// machineSettings hold on every machine.
func machineSettings() []setting {
	return []setting{
		kernel("Debian 1.5.2", "kernel.yama.ptrace_scope", "1"),
		kernel("Debian 1.5.3", "fs.suid_dumpable", "0"),
		{item: "Debian 1.5.1", ask: "sysctl -n kernel.randomize_va_space", each: "^2$"},
		network("Debian 3.3.2", "conf/*/send_redirects", "0"),
		network("Debian 3.3.3", "icmp_ignore_bogus_error_responses", "1"),
		network("Debian 3.3.4", "icmp_echo_ignore_broadcasts", "1"),
		network("Debian 3.3.5", "conf/*/accept_redirects", "0"),
		network("Debian 3.3.6", "conf/*/secure_redirects", "0"),
		network("Debian 3.3.7", "conf/{all,default}/rp_filter", "1"),
		network("Debian 3.3.8", "conf/*/accept_source_route", "0"),
		network("Debian 3.3.10", "tcp_syncookies", "1"),
		{item: "Debian 3.3.11", ask: "cat /proc/sys/net/ipv6/conf/{all,default}/accept_ra 2>/dev/null", each: "^0$", maybe: true},
		mode("Debian 5.1.1", "600 root:root", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*"),
		mode("Debian 5.1.2", "600 root:root", "/etc/ssh/ssh_host_*_key"),
		mode("Debian 5.1.3", "644 root:root", "/etc/ssh/ssh_host_*_key.pub"),
		sshd("Debian 5.1.4", "allowusers", "ops"),
		{item: "Debian 5.1.6", ask: "grep -E '^ciphers ' <<<\"$T\"", each: "^ciphers ", never: "cbc|arcfour|3des"},
		sshd("Debian 5.1.7", "clientalive(interval|countmax)", "(30|4)"),
		sshd("Debian 5.1.8", "(allowstreamlocalforwarding|allowagentforwarding|x11forwarding|permittunnel|gatewayports)", "no"),
		sshd("Debian 5.1.9", "gssapiauthentication", "no"),
		sshd("Debian 5.1.10", "hostbasedauthentication", "no"),
		sshd("Debian 5.1.11", "ignorerhosts", "yes"),
		{item: "Debian 5.1.12", ask: "grep -E '^kexalgorithms ' <<<\"$T\"", each: "^kexalgorithms ", never: "sha1|group1-"},
		sshd("Debian 5.1.13", "logingracetime", "60"),
		sshd("Debian 5.1.14", "loglevel", "(INFO|VERBOSE)"),
		{item: "Debian 5.1.15", ask: "grep -E '^macs ' <<<\"$T\"", each: "^macs ", never: "umac-64|sha1|md5|ripemd"},
		sshd("Debian 5.1.16", "maxauthtries", "4"),
		sshd("Debian 5.1.17", "maxsessions", "64"),
		sshd("Debian 5.1.18", "maxstartups", "100:30:200"),
		sshd("Debian 5.1.19", "permitemptypasswords", "no"),
		sshd("Debian 5.1.20", "permitrootlogin", "no"),
		sshd("Debian 5.1.21", "permituserenvironment", "no"),
		sshd("Debian 5.1.22", "usepam", "yes"),
		sshd("no passwords", "(passwordauthentication|kbdinteractiveauthentication)", "no"),
		{item: "Debian 5.2.2", ask: `grep -rhE '^Defaults\s+use_pty' /etc/sudoers /etc/sudoers.d`, each: "use_pty"},
		{item: "Debian 5.4.2.1", ask: `awk -F: '$3 == 0 {print $1}' /etc/passwd`, each: "^root$"},
		mode("Debian 7.1.1", "644 root:root", "/etc/passwd", "/etc/group"),
		mode("Debian 7.1.5", "(0|600|640) root:(root|shadow)", "/etc/shadow", "/etc/gshadow"),
		{item: "Debian 7.2.2", ask: `awk -F: '$2 == "" {print $1}' /etc/shadow`},
		{item: "user data", ask: "find /var/lib/cloud/instances/ -name 'user-data*' -exec stat -c '%a %U' {} +", each: "^[46]00 root$"},
	}
}

// bastionSettings hold on a bastion besides.
func bastionSettings() []setting {
	return []setting{
		kernel("Debian 3.3.1", "net.ipv4.ip_forward", "0"),
		sshd("Debian 5.1.8", "allowtcpforwarding", "local"),
		sshd("Debian 5.1.8", "permitopen", `\*:22`),
	}
}

// dockerSettings hold on a Docker host that has its volume.
func dockerSettings() []setting {
	info := func(item, field, want string) setting {
		return setting{item: item, ask: "docker info -f '" + field + "'", each: want}
	}
	return []setting{
		sshd("Debian 5.1.8", "allowtcpforwarding", "no"),
		{item: "Docker 1.1.1", ask: "findmnt -no OPTIONS /data | tr , '\\n' | grep -cxE 'nodev|nosuid'", each: "^2$"},
		{item: "Docker 1.1.2", ask: "getent group docker | cut -d: -f4", each: "^ops$"},
		{item: "Docker 2.2", ask: `docker network inspect bridge -f '{{index .Options "com.docker.network.bridge.enable_icc"}}'`, each: "^false$"},
		info("Docker 2.5", "{{json .RegistryConfig.InsecureRegistryCIDRs}}", `^\["(::1/128",")?127\.0\.0\.0/8"(,"::1/128")?\]$`),
		info("Docker 2.6", "{{.Driver}}", "^overlay(2|fs)$"),
		{item: "Docker 2.7", ask: "ss -ltnpH | grep -E 'dockerd|containerd' | grep -vE '^LISTEN +[0-9]+ +[0-9]+ +127'"},
		{item: "Docker 2.14", ask: "docker info -f '{{json .SecurityOptions}}'", each: "name=no-new-privileges"},
		{item: "Docker 5.21", ask: "docker info -f '{{json .SecurityOptions}}'", each: "name=seccomp,profile=builtin"},
		info("Docker 2.18", "{{.ExperimentalBuild}}", "^false$"),
		mode("Docker 3.1", "644 root:root", "/usr/lib/systemd/system/docker.service", "/usr/lib/systemd/system/docker.socket"),
		mode("Docker 3.5", "755 root:root", "/etc/docker"),
		mode("Docker 3.15", "660 root:docker", "/run/docker.sock"),
		mode("Docker 3.17", "644 root:root", "/etc/docker/daemon.json"),
		mode("Docker 3.23", "660 root:root", "/run/containerd/containerd.sock"),
		info("Docker 7.1", "{{.Swarm.LocalNodeState}}", "^inactive$"),
	}
}

// listens says which ports others reach: these, and no more.
func listens(ports string) setting {
	return setting{
		item: "Debian 2.1.22", each: "^" + ports + "$",
		ask: `ss -ltnH | awk '{print $4}' | grep -vE '^(127\.|\[::1\])' | sed 's/.*://' | sort -un | paste -sd ' '`,
	}
}

// wrong is what of an answer is not as it should be; empty is nothing.
func (s setting) wrong(answer string) string {
	answer = strings.TrimSpace(answer)
	switch {
	case s.each == "" && answer != "":
		return fmt.Sprintf("said %q, should say nothing", answer)
	case answer == "" && s.each != "" && !s.maybe:
		return fmt.Sprintf("said nothing, every line should match %s", s.each)
	case s.never != "" && regexp.MustCompile(s.never).MatchString(answer):
		return fmt.Sprintf("said %q, nothing should match %s", answer, s.never)
	}
	for line := range strings.Lines(answer) {
		if s.each != "" && !regexp.MustCompile(s.each).MatchString(strings.TrimSpace(line)) {
			return fmt.Sprintf("said %q, every line should match %s", answer, s.each)
		}
	}
	return ""
}

// script asks a machine everything at once. Answers are told apart by a line
// that no command prints.
func script(settings []setting) string {
	lines := []string{"exec 2>/dev/null", "shopt -s nullglob", `T=$(sshd -T)`}
	for _, s := range settings {
		lines = append(lines, "echo '"+mark+"'", s.ask)
	}
	return "sudo bash -c " + hostscript.Quote(strings.Join(lines, "\n")+"\ntrue")
}

const mark = "=====cis====="

// holds asks a machine for its settings, by what runs a command there, and
// says of each that differs what was asked, seen and wanted.
func holds(t *testing.T, machine string, run func(command string) (string, error), settings ...setting) {
	t.Helper()
	out, err := run(script(settings))
	require.NoError(t, err, "%s: ask for its settings", machine)
	_, out, _ = strings.Cut(out, mark)
	answers := strings.Split(out, mark)
	require.Len(t, answers, len(settings), "%s: answers: %s", machine, out)
	for i, s := range settings {
		if wrong := s.wrong(answers[i]); wrong != "" {
			assert.Fail(t, fmt.Sprintf("%s, %s: `%s` %s", machine, s.item, s.ask, wrong))
		}
	}
}

func TestEverySettingThatIsCheckedIsExplainedAndTheOtherWayAround(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(checkout.Root(t), "docs/hardening.md"))
	require.NoError(t, err)
	explained := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) == 7 && regexp.MustCompile(`^ (yes|no) $`).MatchString(cells[5]) {
			explained[strings.TrimSpace(cells[1])] = cells[5] == " yes "
		}
	}
	checked := map[string]bool{listens("").item: true}
	for _, s := range append(append(machineSettings(), bastionSettings()...), append(dockerSettings(), containerItems()...)...) {
		checked[s.item] = true
	}
	for item := range checked {
		assert.True(t, explained[item], "%s is checked: docs/hardening.md needs a row that says so", item)
	}
	for item, yes := range explained {
		assert.Equal(t, yes, checked[item], "%s: docs/hardening.md says whether it is checked", item)
	}
}

func TestAnAnswerThatDiffersIsSeen(t *testing.T) {
	for _, c := range []struct {
		s            setting
		right, wrong string
	}{
		{setting{each: "^0$"}, "0\n0\n", "0\n1\n"},
		{setting{each: "^0$"}, "0", ""},
		{setting{each: "^0$", maybe: true}, "", "1"},
		{setting{}, "", "somebody"},
		{setting{each: "^macs ", never: "sha1"}, "macs hmac-sha2-256", "macs hmac-sha2-256,hmac-sha1"},
	} {
		assert.Empty(t, c.s.wrong(c.right), "%+v", c.s)
		assert.NotEmpty(t, c.s.wrong(c.wrong), "%+v", c.s)
	}
}
