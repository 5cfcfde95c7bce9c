package provider

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/odooops/odooops/tools/tables"
)

// Create in a preview returns the inputs alone: whatever else there will be
// is unknown, and the engine treats what is missing so.
func (s *server) Create(ctx context.Context, req *rpc.CreateRequest) (*rpc.CreateResponse, error) {
	r, row, err := s.resource(req.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, secret, err := decode(req.GetProperties())
	if err != nil {
		return nil, failure("creating", req.GetUrn(), err)
	}
	if req.GetPreview() {
		properties, err := encode(visible(inputs), secret)
		return &rpc.CreateResponse{Properties: properties}, err
	}
	ctx, done := s.operation(ctx, req.GetTimeout())
	defer done()
	id, outputs, cause := r.Create(ctx, visible(inputs))
	if cause != nil && id == "" {
		return nil, failure("creating", req.GetUrn(), cause)
	}
	state := inputs.merge(outputs)
	if cause != nil {
		state[brokenKey] = true
	}
	properties, err := encode(state, secret.and(secretOutputs(row)))
	if err != nil {
		return nil, failure("creating", req.GetUrn(), err)
	}
	if cause != nil {
		return nil, halfMade(id, properties, req, cause)
	}
	return &rpc.CreateResponse{Id: id, Properties: properties}, nil
}

// halfMade tells the engine that the resource exists and does not work.
func halfMade(id string, state *structpb.Struct, req *rpc.CreateRequest, cause error) error {
	detail := &rpc.ErrorResourceInitFailed{Id: id, Properties: state, Reasons: []string{cause.Error()}, Inputs: req.GetProperties()}
	st, err := status.New(codes.Unknown, cause.Error()).WithDetails(detail)
	if err != nil {
		return cause
	}
	return st.Err()
}

func (s *server) Read(ctx context.Context, req *rpc.ReadRequest) (*rpc.ReadResponse, error) {
	r, row, err := s.resource(req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, stateSecret, err := decode(req.GetProperties())
	if err != nil {
		return nil, failure("reading", req.GetUrn(), err)
	}
	inputs, inputSecret, err := decode(req.GetInputs())
	if err != nil {
		return nil, failure("reading", req.GetUrn(), err)
	}
	ctx, done := s.operation(ctx, req.GetTimeout())
	defer done()
	outputs, err := r.Read(ctx, req.GetId(), visible(state))
	if errors.Is(err, ErrGone) {
		return &rpc.ReadResponse{}, nil
	}
	if err != nil {
		return nil, failure("reading", req.GetUrn(), err)
	}
	resp := &rpc.ReadResponse{Id: req.GetId()}
	secret := stateSecret.and(inputSecret, secretOutputs(row))
	if resp.Properties, err = encode(state.merge(outputs), secret); err != nil {
		return nil, failure("reading", req.GetUrn(), err)
	}
	resp.Inputs, err = encode(realInputs(row, inputs, outputs), secret)
	return resp, err
}

// realInputs are the inputs as they really are: what the program set, in the
// value it has now; for an import, everything that could have been set. A
// cloud returns most lists in an order of its own, so order is no drift.
func realInputs(row tables.Resource, inputs, outputs Props) Props {
	real := maps.Clone(inputs)
	for key, v := range outputs {
		_, set := inputs[key]
		if (set || len(inputs) == 0) && row.IsInput(key) && changed(inOrder(inputs[key]), inOrder(v)) {
			real[key] = v
		}
	}
	return real
}

func (s *server) Update(ctx context.Context, req *rpc.UpdateRequest) (*rpc.UpdateResponse, error) {
	r, row, err := s.resource(req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, stateSecret, err := decode(req.GetOlds())
	if err != nil {
		return nil, failure("updating", req.GetUrn(), err)
	}
	inputs, secret, err := decode(req.GetNews())
	if err != nil {
		return nil, failure("updating", req.GetUrn(), err)
	}
	olds, _, err := decode(req.GetOldInputs())
	if err != nil {
		return nil, failure("updating", req.GetUrn(), err)
	}
	next := maps.Clone(state)
	for key := range olds {
		delete(next, key) // an input that is no longer set
	}
	next = next.merge(inputs)
	if !req.GetPreview() {
		ctx, done := s.operation(ctx, req.GetTimeout())
		defer done()
		outputs, err := r.Update(ctx, req.GetId(), visible(state), visible(inputs))
		if err != nil {
			return nil, failure("updating", req.GetUrn(), err)
		}
		next = next.merge(outputs)
	}
	resp := &rpc.UpdateResponse{}
	resp.Properties, err = encode(next, secret.and(stateSecret, secretOutputs(row)))
	return resp, err
}

func (s *server) Delete(ctx context.Context, req *rpc.DeleteRequest) (*emptypb.Empty, error) {
	r, _, err := s.resource(req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, _, err := decode(req.GetProperties())
	if err != nil {
		return nil, failure("deleting", req.GetUrn(), err)
	}
	ctx, done := s.operation(ctx, req.GetTimeout())
	defer done()
	if err := r.Delete(ctx, req.GetId(), visible(state)); err != nil && !errors.Is(err, ErrGone) {
		return nil, failure("deleting", req.GetUrn(), err)
	}
	return &emptypb.Empty{}, nil
}

// operation bounds one call by the customTimeouts of the resource (seconds, 0
// for none) and by the cancellation of the whole update.
func (s *server) operation(ctx context.Context, timeout float64) (context.Context, context.CancelFunc) {
	var cancel context.CancelFunc
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(timeout*float64(time.Second)))
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// visible drops the protocol's own keys.
func visible(p Props) Props {
	out := Props{}
	for key, v := range p {
		if !strings.HasPrefix(key, "__") {
			out[key] = v
		}
	}
	return out
}

func secretOutputs(row tables.Resource) secrets {
	out := secrets{}
	for _, key := range row.Secret {
		out[key] = true
	}
	return out
}
