"""The files of deploy/ as far as they can be checked where no container engine and no cluster is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from terminology.http import counter_export, metrics, store_metrics
from terminology.settings import SETTINGS

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
TEXTS = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
KUBERNETES = "1.30"


def test_hadolint_finds_nothing_in_the_container_file() -> None:
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent) or "hadolint"
    done = subprocess.run([hadolint, DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_only_settings_that_exist_are_set(path: Path) -> None:
    known = {setting.variable for setting in SETTINGS}
    assert set(re.findall(r"\bTERMINOLOGY_[A-Z_]+\b", path.read_text())) <= known


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifests_are_what_kubernetes_understands(path: Path) -> None:
    documents = list(yaml.safe_load_all(path.read_text()))
    assert documents
    for document in documents:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def pods() -> list[Any]:
    documents = [document for path in MANIFESTS for document in yaml.safe_load_all(path.read_text())]
    return [document["spec"]["template"]["spec"] for document in documents if document["kind"] in {"Deployment", "Job"}]


def containers() -> list[Any]:
    return [container for pod in pods() for container in pod["containers"]]


def test_services_set_no_settings() -> None:
    """For each Service, Kubernetes sets variables such as TERMINOLOGY_PORT=tcp://…, unless it is told not to."""
    assert [pod["enableServiceLinks"] for pod in pods()] == [False, False]


@pytest.mark.parametrize("container", containers(), ids=lambda container: container["name"])
def test_containers_have_no_rights_they_do_not_need(container: Any) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("compose*.yaml")), ids=lambda path: path.name)
def test_compose_files_name_files_that_are_there(path: Path) -> None:
    compose = yaml.safe_load(path.read_text())
    for service in compose["services"].values():
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["mem_limit"]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).is_file()


@pytest.mark.parametrize("path", sorted((DEPLOY / "monitoring").iterdir()), ids=lambda path: path.name)
def test_monitoring_asks_for_what_the_server_counts(path: Path) -> None:
    text = path.read_text()
    read = json.loads if path.suffix == ".json" else yaml.safe_load
    assert read(text)
    sources = "".join(Path(module.__file__).read_text() for module in (counter_export, metrics, store_metrics))
    counted = set(re.findall(r'"(terminology_[a-z_]+)"', sources))
    asked = set(re.findall(r"\bterminology_[a-z_]+\b", text))
    assert asked
    assert {re.sub(r"_(count|sum|bucket|total)$", "", name) for name in asked} <= counted


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    units = [tmp_path / "terminology.service", tmp_path / "terminology.socket"]
    for unit in units:
        text = (DEPLOY / unit.name).read_text()
        unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_stops_the_master_process_only() -> None:
    """Which tells the workers when clients have gone; systemd would stop them all at once."""
    assert "KillMode=mixed" in (DEPLOY / "terminology.service").read_text().splitlines()


@pytest.mark.slow
def test_the_steps_of_the_container_file_give_a_working_command(tmp_path: Path) -> None:
    """Wheels are built, then installed with no network into a clean virtual environment, as the image does."""
    wheels, environment = tmp_path / "wheels", tmp_path / "environment"
    extras = re.search(r"pip wheel .*'\.(\[[a-z,]+\])'", (DEPLOY / "Containerfile").read_text())
    assert extras
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", "-q", "--wheel-dir", wheels, f".{extras[1]}"], cwd=DEPLOY.parent, check=True)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    install = ["install", "-q", "--no-index", "--find-links", wheels, f"fhir-terminology-server{extras[1]}"]
    subprocess.run([environment / "bin" / "pip", *install], check=True)
    command = environment / "bin" / "terminology"
    database = f"sqlite:///{tmp_path / 'demo.db'}"
    done = subprocess.run([command, "demo", "--load-only", "--database", database], capture_output=True, check=True)
    assert b"17 procedure documents" in done.stdout
