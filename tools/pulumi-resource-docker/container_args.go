package main

// containerArgs are the inputs of a container, named as in the SDK. Sizes are
// in megabytes, times in seconds, where the SDK says so.
type containerArgs struct {
	Name        string   `json:"name"`
	Image       string   `json:"image"`
	Command     []string `json:"command"`
	Entrypoints []string `json:"entrypoints"`
	Envs        []string `json:"envs"`
	User        string   `json:"user"`
	WorkingDir  string   `json:"workingDir"`
	Hostname    string   `json:"hostname"`
	Domainname  string   `json:"domainname"`
	TTY         bool     `json:"tty"`
	StdinOpen   bool     `json:"stdinOpen"`
	StopSignal  string   `json:"stopSignal"`
	StopTimeout *int     `json:"stopTimeout"`

	Attach    bool  `json:"attach"`
	Logs      bool  `json:"logs"`
	MustRun   *bool `json:"mustRun"`
	Rm        bool  `json:"rm"`
	Start     *bool `json:"start"`
	Wait      bool  `json:"wait"`
	WaitLimit int   `json:"waitTimeout"`

	Restart       string `json:"restart"`
	MaxRetryCount int    `json:"maxRetryCount"`

	Memory            int64  `json:"memory"`
	MemorySwap        int64  `json:"memorySwap"`
	MemoryReservation int64  `json:"memoryReservation"`
	ShmSize           int64  `json:"shmSize"`
	CPUShares         int64  `json:"cpuShares"`
	CPUSet            string `json:"cpuSet"`
	CPUs              string `json:"cpus"`
	CPUPeriod         int64  `json:"cpuPeriod"`
	CPUQuota          int64  `json:"cpuQuota"`

	Privileged      bool              `json:"privileged"`
	ReadOnly        bool              `json:"readOnly"`
	Init            *bool             `json:"init"`
	SecurityOpts    []string          `json:"securityOpts"`
	Sysctls         map[string]string `json:"sysctls"`
	StorageOpts     map[string]string `json:"storageOpts"`
	Tmpfs           map[string]string `json:"tmpfs"`
	IpcMode         string            `json:"ipcMode"`
	PidMode         string            `json:"pidMode"`
	UsernsMode      string            `json:"usernsMode"`
	CgroupnsMode    string            `json:"cgroupnsMode"`
	CgroupParent    string            `json:"cgroupParent"`
	Runtime         string            `json:"runtime"`
	GroupAdds       []string          `json:"groupAdds"`
	PublishAllPorts bool              `json:"publishAllPorts"`

	DNS         []string `json:"dns"`
	DNSOpts     []string `json:"dnsOpts"`
	DNSSearches []string `json:"dnsSearches"`
	NetworkMode string   `json:"networkMode"`

	LogDriver string            `json:"logDriver"`
	LogOpts   map[string]string `json:"logOpts"`

	Capabilities *struct {
		Adds  []string `json:"adds"`
		Drops []string `json:"drops"`
	} `json:"capabilities"`
	Devices []struct {
		HostPath      string `json:"hostPath"`
		ContainerPath string `json:"containerPath"`
		Permissions   string `json:"permissions"`
	} `json:"devices"`
	Healthcheck *struct {
		Tests         []string `json:"tests"`
		Interval      string   `json:"interval"`
		Timeout       string   `json:"timeout"`
		StartPeriod   string   `json:"startPeriod"`
		StartInterval string   `json:"startInterval"`
		Retries       int      `json:"retries"`
	} `json:"healthcheck"`
	Hosts []struct {
		Host string `json:"host"`
		IP   string `json:"ip"`
	} `json:"hosts"`
	Labels []label `json:"labels"`
	Mounts []struct {
		Type        string `json:"type"`
		Source      string `json:"source"`
		Target      string `json:"target"`
		ReadOnly    bool   `json:"readOnly"`
		BindOptions *struct {
			Propagation string `json:"propagation"`
		} `json:"bindOptions"`
		TmpfsOptions *struct {
			Mode      uint32 `json:"mode"`
			SizeBytes int64  `json:"sizeBytes"`
		} `json:"tmpfsOptions"`
		VolumeOptions *struct {
			NoCopy        bool              `json:"noCopy"`
			Subpath       string            `json:"subpath"`
			Labels        []label           `json:"labels"`
			DriverName    string            `json:"driverName"`
			DriverOptions map[string]string `json:"driverOptions"`
		} `json:"volumeOptions"`
	} `json:"mounts"`
	NetworksAdvanced []struct {
		Name        string   `json:"name"`
		Aliases     []string `json:"aliases"`
		IPv4Address string   `json:"ipv4Address"`
		IPv6Address string   `json:"ipv6Address"`
	} `json:"networksAdvanced"`
	Ports []struct {
		Internal int    `json:"internal"`
		External int    `json:"external"`
		IP       string `json:"ip"`
		Protocol string `json:"protocol"`
	} `json:"ports"`
	Ulimits []struct {
		Name string `json:"name"`
		Soft int64  `json:"soft"`
		Hard int64  `json:"hard"`
	} `json:"ulimits"`
	Uploads []upload `json:"uploads"`
	Volumes []struct {
		ContainerPath string `json:"containerPath"`
		HostPath      string `json:"hostPath"`
		VolumeName    string `json:"volumeName"`
		FromContainer string `json:"fromContainer"`
		ReadOnly      bool   `json:"readOnly"`
	} `json:"volumes"`

	DestroyGraceSeconds int   `json:"destroyGraceSeconds"`
	RemoveVolumes       *bool `json:"removeVolumes"`
}

type label struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// unsupported inputs are refused, not dropped.
var unsupported = []string{"deviceReadBps", "deviceReadIops", "deviceWriteBps", "deviceWriteIops", "gpus"}

// isSet is the value of an optional boolean.
func isSet(b *bool, unset bool) bool {
	if b == nil {
		return unset
	}
	return *b
}

func labelMap(ls []label) map[string]string {
	if len(ls) == 0 {
		return nil
	}
	m := make(map[string]string, len(ls))
	for _, l := range ls {
		m[l.Label] = l.Value
	}
	return m
}
