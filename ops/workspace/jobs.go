package workspace

const containerType = "docker:index/container:Container"

// FailedJobs are one-shot containers that ended with an error. The engine
// takes a container that ran for what was declared, whatever it said at its
// end; so without being told to replace it, no update would run the job again.
func (s State) FailedJobs() []string {
	var urns []string
	for _, c := range s.ByType(containerType) {
		code, ended := c.Outputs["exitCode"].(float64)
		service, said := c.Inputs["mustRun"].(bool)
		if ended && code != 0 && said && !service {
			urns = append(urns, string(c.URN))
		}
	}
	return urns
}
