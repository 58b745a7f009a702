"""Follow docs/tutorial.md to the letter, as somebody new would: in an empty environment, with the built wheel, far from this repository.

    python .ci/tutorial.py dist/oneroster_reconcile-0.1.0-py3-none-any.whl

Every line behind a `$` is typed into a shell, every block of Python run after the ones before it, and what a block of text shows must be what was printed. Only the name in `pip install` becomes the
wheel's, since the package of that name may be another. It needs nothing but Python, and uv or pip with their caches.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(console|python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
UV = shutil.which("uv")
DONE = "-- done --\n"
INTERPRETER = f"""
import ast, sys
names = {{"__name__": "__main__"}}
for line in sys.stdin:
    exec(ast.literal_eval(line), names)
    print({DONE!r}, end="", flush=True)
"""
"""Reads blocks of Python, a line each, and runs them one after the other."""


def environment(place: Path) -> dict[str, str]:
    """An environment with nothing in it, first on the path of whatever is run."""
    venv = place / "venv"
    maker = [UV, "venv", "--quiet", "--python", sys.executable, str(venv)] if UV else [sys.executable, "-m", "venv", str(venv)]
    subprocess.run(maker, check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, "PATH": f"{venv / 'bin'}{os.pathsep}{kept['PATH']}", "VIRTUAL_ENV": str(venv)}


def typed(command: str, wheel: Path) -> str:
    """A command as it is here: the wheel in the place of the name, uv in the place of pip where it is there."""
    if not command.startswith("pip install "):
        return command
    installed = command.replace("oneroster-reconcile[", f"{wheel}[")
    return f"uv {installed}" if UV else installed


def follow(wheel: Path, place: Path) -> None:
    """Type everything, and say how long each step took."""
    env, told = environment(place), ""
    (work := place / "work").mkdir()
    interpreter: subprocess.Popen[str] | None = None
    for language, code in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        began = time.monotonic()
        if language == "text":
            if code.strip() not in told:
                sys.exit(f"The tutorial shows\n{code}\nand this was printed:\n{told}")
            continue
        if language == "console":
            told = "".join(shell(typed(line, wheel), env, work) for line in re.findall(r"^\$ (.*)$", code, re.MULTILINE))
        else:
            interpreter = interpreter or subprocess.Popen(
                ["python", "-c", INTERPRETER], env=env, cwd=work, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            told = entered(interpreter, code)
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {code.strip().splitlines()[0]}\n")
    if interpreter is not None:
        interpreter.communicate()


def shell(command: str, env: dict[str, str], work: Path) -> str:
    """What a command prints; its failure is ours."""
    done = subprocess.run(["sh", "-c", command], env=env, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"$ {command}\n{done.stdout}{done.stderr}")
    return done.stdout


def entered(interpreter: "subprocess.Popen[str]", code: str) -> str:
    """What a block prints, in the interpreter that has run those before it."""
    assert interpreter.stdin is not None
    assert interpreter.stdout is not None
    interpreter.stdin.write(f"{code!r}\n")
    interpreter.stdin.flush()
    lines = []
    while (line := interpreter.stdout.readline()) != DONE:
        if not line:
            sys.exit(f"failed:\n{code}")
        lines.append(line)
    return "".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit(__doc__)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        follow(Path(sys.argv[1]).resolve(), Path(folder))
    sys.stdout.write(f"{time.monotonic() - start:6.1f} s  in all\n")
