package grantortest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is a started `grantor dev`, known by its env file.
type process struct {
	environment map[string]string
	command     *exec.Cmd
	input       io.Closer
	ended       chan struct{}
}

func start(options Options) (*process, error) {
	program, err := program(options.Binary)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "grantor-")
	if err != nil {
		return nil, fmt.Errorf("grantor: %w", err)
	}
	// All of it is read once it is ready.
	defer os.RemoveAll(folder)
	p := &process{ended: make(chan struct{})}
	file, log := filepath.Join(folder, "env"), filepath.Join(folder, "log")
	words := []string{"dev", "--port", "0", "--until-stdin-ends", "--env-file", file}
	for _, seed := range options.Seeds {
		words = append(words, "--seed", seed)
	}
	p.command = exec.Command(program, append(words, options.Args...)...)
	// However the test ends, the pipe ends with it, and the server with the pipe.
	output, err := os.Create(log)
	if err == nil {
		defer output.Close()
		p.command.Stdout, p.command.Stderr = output, output
		p.input, err = p.command.StdinPipe()
	}
	if err == nil {
		// It closes the pipe itself where it fails.
		err = p.command.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("grantor: %w", err)
	}
	go func() {
		_ = p.command.Wait()
		close(p.ended)
	}()
	if err := p.ready(file, log); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

// ready waits for the variables: the port is bound once they are written.
func (p *process) ready(file, log string) error {
	deadline := time.Now().Add(startTimeout)
	for {
		if p.environment = written(file); p.environment != nil {
			return nil
		}
		why := ""
		select {
		case <-p.ended:
			why = "did not start"
		case <-time.After(2 * time.Millisecond):
			if time.Now().After(deadline) {
				why = fmt.Sprintf("was not ready in %s", startTimeout)
			}
		}
		if why != "" {
			said, _ := os.ReadFile(log)
			return fmt.Errorf("grantor dev %s: %s", why, strings.TrimSpace(string(said)))
		}
	}
}

func (p *process) end() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		_ = p.command.Process.Kill()
		<-p.ended
	}
}

func program(named string) (string, error) {
	if named == "" {
		named = os.Getenv("GRANTOR_BINARY")
	}
	if named != "" {
		return named, nil
	}
	found, err := exec.LookPath("grantor")
	if err != nil {
		return "", errors.New("grantor: there is no program grantor on PATH: install it, or name it in GRANTOR_BINARY")
	}
	return found, nil
}

func written(file string) map[string]string {
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasSuffix(string(text), "\n") || !strings.Contains(string(text), "\nmsIssuer=") {
		return nil
	}
	variables := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, found := strings.Cut(line, "="); found {
			variables[name] = value
		}
	}
	return variables
}

const startTimeout = 30 * time.Second
