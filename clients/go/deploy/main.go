// What `deploy/` is checked with: Helm's own linter and engine, Kubernetes' admission of pods, and the loader of Docker Compose, without the
// rest of their programs.
//
//	deploy lint CHART [VALUES]             as `helm lint --strict`
//	deploy template CHART VALUES VERSION   as `helm template grantor --kube-version VERSION`, the notes included
//	deploy restricted FILE                 whether a namespace of the Pod Security Standard "restricted" would take what was rendered
//	deploy compose FILE                    as `docker compose config`
//
// Run by `cargo xtask packages`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	ranges "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	// What Helm logs while it reads is said again by what it answers.
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	switch {
	case len(words) >= 2 && words[0] == "lint":
		return judge(words[1], words[2:])
	case len(words) == 4 && words[0] == "template":
		return template(words[1], words[2], words[3])
	case len(words) == 2 && words[0] == "restricted":
		return restricted(words[1])
	case len(words) == 2 && words[0] == "compose":
		return compose(words[1])
	}
	return errors.New("lint CHART [VALUES], template CHART VALUES VERSION, restricted FILE or compose FILE")
}

// judge fails for a warning as for an error; that a chart could have an icon is neither.
func judge(chart string, files []string) error {
	values := map[string]any{}
	for _, file := range files {
		read, err := common.ReadValuesFile(file)
		if err != nil {
			return err
		}
		maps.Copy(values, read)
	}
	told := lint.RunAll(chart, values, "default")
	var found []string
	for _, message := range told.Messages {
		if message.Severity >= support.WarningSev {
			found = append(found, message.Error())
		}
	}
	if len(found) > 0 {
		return errors.New(strings.Join(found, "\n"))
	}
	return nil
}

func template(chart, file, version string) error {
	loaded, err := loader.Load(chart)
	if err != nil {
		return err
	}
	values, err := common.ReadValuesFile(file)
	if err != nil {
		return err
	}
	cluster := common.DefaultCapabilities.Copy()
	kube, err := common.ParseKubeVersion(version)
	if err != nil {
		return err
	}
	if wanted := loaded.Metadata.KubeVersion; wanted != "" && !ranges.IsCompatibleRange(wanted, kube.Version) {
		return fmt.Errorf("the chart wants Kubernetes %s, which %s is not", wanted, kube.Version)
	}
	cluster.KubeVersion = *kube
	release := common.ReleaseOptions{Name: "grantor", Namespace: "identity", Revision: 1, IsInstall: true}
	all, err := util.ToRenderValues(loaded, values, release, cluster)
	if err != nil {
		return err
	}
	made, err := engine.Render(loaded, all)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		text := strings.TrimSpace(made[name])
		switch {
		case strings.HasSuffix(name, "NOTES.txt"):
			fmt.Printf("---\n# %s\n# %s\n", name, strings.ReplaceAll(text, "\n", "\n# "))
		case text != "":
			fmt.Printf("---\n# %s\n%s\n", name, text)
		}
	}
	return nil
}

// restricted reads as strictly as the server of Kubernetes does when it is asked to.
func restricted(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	judge, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	seen := 0
	for _, document := range strings.Split(string(text), "\n---\n") {
		if !strings.Contains(document, "\nkind: Deployment\n") {
			continue
		}
		var deployment apps.Deployment
		if err := yaml.UnmarshalStrict([]byte(document), &deployment); err != nil {
			return err
		}
		pod := deployment.Spec.Template
		told := policy.AggregateCheckResults(judge.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
		if !told.Allowed {
			return fmt.Errorf("%s: %s", deployment.Name, told.ForbiddenDetail())
		}
		seen++
	}
	if seen == 0 {
		return errors.New("nothing that runs pods")
	}
	return nil
}

func compose(file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("grantor"), cli.WithOsEnv, cli.WithConsistency(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	text, err := project.MarshalYAML()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
