package localcloud

import "github.com/odooops/odooops/localcloud/records"

// Env is what a provider, plugin or tool needs to use this cloud.
func (c *Cloud) Env() map[string]string {
	var account records.Account
	c.store.View(func(s *records.State) { account = s.Account })
	machines := "none"
	if c.config.Machines != nil {
		machines = "docker"
	}
	return map[string]string{
		"DIGITALOCEAN_API_URL":     "http://" + c.addresses["API"],
		"DIGITALOCEAN_TOKEN":       account.Token,
		"SPACES_ENDPOINT_URL":      "http://" + c.addresses["Spaces"],
		"SPACES_ACCESS_KEY_ID":     account.SpacesAccessKey,
		"SPACES_SECRET_ACCESS_KEY": account.SpacesSecretKey,
		// The account's own key is in the file, under AWSProfile: a variable
		// would also be taken for the key of a state bucket.
		"AWS_SHARED_CREDENTIALS_FILE": AWSCredentials(c.config.Dir),
		"AWS_ENDPOINT_URL_S3":         "http://" + c.addresses["AWS"],
		"AWS_ENDPOINT_URL_IAM":        "http://" + c.addresses["AWS"],
		"AWS_ENDPOINT_URL_STS":        "http://" + c.addresses["AWS"],
		"ODOOOPS_LOCAL_MACHINES":      machines,
		"ODOOOPS_LOCAL_REGISTRY":      c.addresses["Registry"],
		"ODOOOPS_LOCAL_FRONT":         "http://" + c.addresses["Front"],
		"ODOOOPS_LOCAL_RECORDS":       "http://" + c.addresses["API"] + "/_local/docker",
		// For whoever gets a certificate by DNS-01 from this computer: the two
		// directories, the authority that both servers' own certificates are of,
		// and the name server that knows the cloud's zones.
		"ODOOOPS_LOCAL_ACME":         "https://" + c.addresses["ACME"] + "/directory",
		"ODOOOPS_LOCAL_ACME_STAGING": "https://" + c.addresses["ACMEStaging"] + "/directory",
		"ODOOOPS_LOCAL_CA":           RootsFile(c.config.Dir),
		"ODOOOPS_LOCAL_DNS":          c.addresses["DNS"],
	}
}

// Addresses says where each server listens, by the name of its Config field.
func (c *Cloud) Addresses() map[string]string {
	out := map[string]string{}
	for name, address := range c.addresses {
		out[name] = address
	}
	return out
}
