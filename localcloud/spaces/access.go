package spaces

// Access is what a key may do.
type Access struct {
	Secret string
	// Full keys may do everything, also make and remove buckets.
	Full bool
	// Buckets names what a limited key of Spaces may do: true is read and write.
	Buckets map[string]bool
	// Policy, where a key has one, decides alone: an action such as
	// s3:GetObject on a resource's ARN.
	Policy func(action, resource string) bool
}

// right is what an operation asks for, in Spaces' terms.
type right int

const (
	read  right = iota // objects and their lists
	write              // put and delete objects
	admin              // buckets and their settings
)

// need is what an operation asks for: a right at Spaces, an action of IAM at AWS.
type need struct {
	right  right
	action string // without s3:
}

// allow refuses what the key may not do. A bucket that is not granted looks
// the same whether it exists or not.
func (a Access) allow(n need, bucket, key string) error {
	if a.Full {
		return nil
	}
	if a.Policy != nil {
		action, resource := "s3:"+n.action, arn(bucket, key)
		if !a.Policy(action, resource) {
			return accessDenied("The key is not authorized to perform %s on %s.", action, resource)
		}
		return nil
	}
	mayWrite, granted := a.Buckets[bucket]
	if !granted || n.right == admin || n.right == write && !mayWrite {
		return accessDenied("The key has no grant for this.")
	}
	return nil
}

func arn(bucket, key string) string {
	switch {
	case bucket == "":
		bucket = "*"
	case key != "":
		bucket += "/" + key
	}
	return "arn:aws:s3:::" + bucket
}

// ofVersion are the actions that have another name when a version is named.
func (n need) ofVersion() need {
	switch n.action {
	case "GetObject", "DeleteObject":
		n.action += "Version"
	case "GetObjectAcl", "PutObjectAcl":
		n.action = n.action[:len("GetObject")] + "VersionAcl"
	}
	return n
}
