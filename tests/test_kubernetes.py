"""The Kubernetes manifests: they fit Kubernetes' schemas, and what the portal does."""

import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

_ROOT: Final = Path(__file__).parents[1]
_FOLDER: Final = _ROOT / "ops" / "kubernetes"
_KUSTOMIZATION: Final = yaml.safe_load((_FOLDER / "kustomization.yaml").read_text("utf-8"))
_OLDEST, _NEWEST = "1.29", "1.37"


def _objects() -> list[dict[str, Any]]:
    texts = [(_FOLDER / name).read_text("utf-8") for name in _KUSTOMIZATION["resources"]]
    return [each for text in texts for each in yaml.safe_load_all(text)]


_OBJECTS: Final = {f"{each['kind']}/{each['metadata']['name']}": each for each in _objects()}
_PODS: Final = {
    name: _OBJECTS[f"Deployment/{name}"]["spec"]["template"]["spec"]
    for name in ("portal", "worker")
}
_ENVIRONMENT: Final = dict(
    line.split("=", 1)
    for line in (_FOLDER / "settings.env").read_text("utf-8").splitlines()
    if "=" in line and not line.startswith("#")
)


@pytest.mark.parametrize("version", [_OLDEST, _NEWEST])
@pytest.mark.parametrize("manifest", _OBJECTS.values(), ids=_OBJECTS)
def test_manifests_fit_the_schemas(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
def test_kustomize_puts_them_together() -> None:
    built = subprocess.run(
        ["kubectl", "kustomize", str(_FOLDER)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    objects = [*yaml.safe_load_all(built.stdout)]
    assert len(objects) == len(_OBJECTS) + 1
    for each in objects:
        kubernetes_validate.validate(each, _NEWEST, strict=True)
    settings = next(each for each in objects if each["kind"] == "ConfigMap")
    assert settings["data"] == _ENVIRONMENT
    assert settings["metadata"]["name"] in built.stdout.partition("kind: Deployment")[2]


def test_the_image_is_of_this_version() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [image] = _KUSTOMIZATION["images"]
    assert image["newTag"] == project["version"]


def test_pods_differ_only_in_what_they_run() -> None:
    own = {"name": None, "command": None, "resources": None}
    portal, worker = (
        pod | {"containers": [container | own for container in pod["containers"]]}
        for pod in _PODS.values()
    )
    del portal["topologySpreadConstraints"]
    assert portal == worker


@pytest.mark.parametrize("pod", _PODS.values(), ids=_PODS)
def test_pods_have_no_rights_that_they_do_not_need(pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    user = f"--uid {pod['securityContext']['runAsUser']} "
    assert user in (_ROOT / "Dockerfile").read_text(encoding="utf-8")
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"].keys() == {"memory"}


@pytest.mark.parametrize("pod", _PODS.values(), ids=_PODS)
def test_a_pod_has_time_to_finish(pod: dict[str, Any]) -> None:
    assert pod["terminationGracePeriodSeconds"] >= int(_ENVIRONMENT["DRAIN_SECONDS"]) + 30


def test_every_pod_is_found_by_what_is_meant_for_it() -> None:
    labels = {
        name: _OBJECTS[f"Deployment/{name}"]["spec"]["template"]["metadata"]["labels"]
        for name in _PODS
    }
    network = _OBJECTS["NetworkPolicy/invotify"]["spec"]["podSelector"]["matchLabels"]
    assert all(network.items() <= each.items() for each in labels.values())
    assert _OBJECTS["Service/portal"]["spec"]["selector"] == labels["portal"]
    budget = _OBJECTS["PodDisruptionBudget/portal"]["spec"]
    assert budget["selector"]["matchLabels"] == labels["portal"]
    assert _OBJECTS["HorizontalPodAutoscaler/portal"]["spec"]["minReplicas"] > 1


def test_secrets_are_files_of_the_secret_that_is_mounted() -> None:
    [folder] = {
        mount["mountPath"]
        for pod in _PODS.values()
        for container in (*pod["initContainers"], *pod["containers"])
        for mount in container["volumeMounts"]
        if mount["name"] == "secrets"
    }
    files = {name: path for name, path in _ENVIRONMENT.items() if name.endswith("_FILE")}
    assert files == {name: f"{folder}/{name.removesuffix('_FILE')}" for name in files}
