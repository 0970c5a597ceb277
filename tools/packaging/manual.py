"""Makes nst(1) and the completions for bash and zsh from what `nst COMMAND --help` prints, and so from the table.

python3 tools/packaging/manual.py --program build/nst --output build
"""
import argparse
import pathlib
import re
import subprocess
from typing import List, NamedTuple


class Option(NamedTuple):
    flags: List[str]
    argument: str  # as the help calls it, or ""
    text: str

    @property
    def choices(self) -> List[str]:
        """The list behind the last colon, where there is one: "what is expected: auto, rgb01 [auto]"."""
        found = re.search(r": ((?:[\w-]+, )+[\w-]+)(?: \[|$)", self.text)
        return found.group(1).split(", ") if found and self.argument in ("NAME", "TYPE", "WHAT") else []


class Command(NamedTuple):
    name: str  # "model info"
    usage: str
    text: str
    options: List[Option]


def _help(program, *words):
    return subprocess.run([program, *words, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout


def _entries(text):
    """The commands that a usage lists: lines of two spaces, a name, more spaces, a text."""
    return [name for name in re.findall(r"^  (\w+) {2,}\S", text, re.M)]


def _options(text):
    column = len(re.search(r"^  -h, --help +", text, re.M).group())
    found = []
    for line in text.splitlines():
        if re.match(r"  -", line):
            *flags, last = line[:column].strip().split(", ")
            last, _, argument = last.partition(" ")
            found.append([[*flags, last], argument.strip(), line[column:].strip()])
        elif found and line.startswith(" " * column):
            found[-1][2] += " " + line.strip()
    return [Option(*parts) for parts in found]


def _command(program, name):
    text = _help(program, *name.split())
    usage, _, rest = text.partition("\n\n")
    return Command(name, usage.replace("Usage: ", "").strip(), " ".join(rest.partition("\n\n")[0].split()),
                   _options(text))


def commands(program):
    found = []
    for name in _entries(_help(program)):
        below = _entries(_help(program, name)) if "COMMAND" in _help(program, name).splitlines()[0] else []
        found += [_command(program, f"{name} {sub}") for sub in below] if below else [_command(program, name)]
    return found


def roff(text):
    return re.sub(r"^([.'])", r"\\&\1", text.replace("\\", "\\e").replace("-", "\\-"), flags=re.M)


def manual(program, every):
    version = subprocess.run([program, "--version"], check=True, text=True, stdout=subprocess.PIPE).stdout
    number = re.search(r"\d+\.\d+\.\d+", version).group()
    lines = [f'.TH NST 1 "" "libnst {number}"', ".SH NAME",
             "nst \\- neural style transfer: repaints a picture in the style of others", ".SH SYNOPSIS"]
    for usage in (line for command in every for line in command.usage.splitlines()):
        lines += [f".B {roff(usage.strip())}", ".br"]
    lines[-1:] = [".SH COMMANDS"]
    for command in every:
        lines += [f".SS nst {roff(command.name)}", roff(command.text)]
        for option in command.options:
            flags = ", ".join(f"\\fB{roff(flag)}\\fR" for flag in option.flags)
            lines += [".TP", flags + (f" \\fI{roff(option.argument)}\\fR" if option.argument else ""),
                      roff(option.text)]
    lines += [
        ".SH EXIT STATUS", "0 done, 1 bad use, 2 bad input, 3 out of memory or a failure of the system, 130 stopped by "
        "the user (the best picture so far was saved).",
        ".SH ENVIRONMENT", ".TP", ".B NST_MODEL_PATH", "Folders, separated by colons, where models are looked for by "
        "name, before nst/ in \\fBXDG_DATA_HOME\\fR (or ~/.local/share) and in each of \\fBXDG_DATA_DIRS\\fR.",
        ".SH EXAMPLE", ".EX", "nst stylize town.jpg painting.jpg \\-o result.png \\-\\-size 512", ".EE"]
    return "\n".join(lines) + "\n"


def _groups(every):
    """Commands with commands below them: {"model": "info list ..."}."""
    pairs = [command.name.split() for command in every if " " in command.name]
    return {group: " ".join(second for first, second in pairs if first == group) for group, _ in pairs}


def bash(every):
    cases, values = [], {}
    for command in every:
        flags = " ".join(flag for option in command.options for flag in option.flags)
        cases.append(f'    "{command.name}") options="{flags}" ;;')
        for option in command.options:
            for flag in option.flags:
                words = " ".join(option.choices)
                values[flag] = words if option.choices else ("-" if option.argument else None)
    chosen = [f'    {flag}) COMPREPLY=($(compgen -W "{words}" -- "$word")); return ;;'
              for flag, words in sorted(values.items()) if words and words != "-"]
    taking = "|".join(sorted(flag for flag, words in values.items() if words == "-"))
    first = " ".join(dict.fromkeys(command.name.split()[0] for command in every))
    below = [line for group, second in _groups(every).items() for line in (
        f"    if [[ $name == {group} ]]; then", "        if ((COMP_CWORD == 2)); then",
        f'            COMPREPLY=($(compgen -W "{second} --help" -- "$word"))', "            return", "        fi",
        f'        name="{group} ${{COMP_WORDS[2]}}"', "    fi")]
    return "\n".join([
        "# bash completion for nst", "_nst()", "{", "    local word=${COMP_WORDS[COMP_CWORD]} options name",
        '    if ((COMP_CWORD == 1)); then', f'        COMPREPLY=($(compgen -W "{first} --help --version" -- "$word"))',
        "        return", "    fi", "    name=${COMP_WORDS[1]}", *below,
        "    case ${COMP_WORDS[COMP_CWORD - 1]} in", *chosen,
        f'    {taking}) COMPREPLY=($(compgen -f -- "$word")); return ;;', "    esac", "    case $name in", *cases,
        "    esac", '    if [[ $word == -* ]]; then', '        COMPREPLY=($(compgen -W "$options" -- "$word"))',
        "    else", '        COMPREPLY=($(compgen -f -- "$word"))', "    fi", "}",
        "complete -o filenames -F _nst nst", ""])


def _zsh_option(option):
    text = re.sub(r"([\[\]:'])", lambda m: {"'": "'\\''"}.get(m.group(), "\\" + m.group()), option.text)
    action = ""
    if option.argument:
        bare = ":" if option.argument.startswith("[") else ""
        action = f"{bare}:{option.argument}:" + (f"({' '.join(option.choices)})" if option.choices else "_files")
    head = f"'({' '.join(option.flags)})'{{{','.join(option.flags)}}}" if len(option.flags) > 1 else f"'{option.flags[0]}'"
    return f"        {head}'[{text}]{action}'"


def zsh(every):
    lines = ["#compdef nst", "_nst()", "{", "    local -a arguments", '    local name="${words[2]}"']
    first = " ".join(dict.fromkeys(command.name.split()[0] for command in every))
    lines += ["    if ((CURRENT == 2)); then", f"        compadd -- {first} --help --version", "        return", "    fi"]
    for group, second in _groups(every).items():
        lines += [f"    if [[ $name == {group} ]]; then", "        if ((CURRENT == 3)); then",
                  f"            compadd -- {second} --help", "            return", "        fi",
                  f'        name="{group} ${{words[3]}}"', "    fi"]
    lines += ["    case $name in"]
    for command in every:
        lines += [f"    ({command.name.replace(' ', chr(92) + ' ')}) arguments=("]
        lines += [_zsh_option(option) for option in command.options] + ["    ) ;;"]
    lines += ["    esac", "    _arguments -S $arguments '*:file:_files'", "}", '_nst "$@"', ""]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    given = parser.parse_args()
    listed = commands(given.program)
    (given.output / "nst.1").write_text(manual(given.program, listed))
    (given.output / "nst.bash").write_text(bash(listed))
    (given.output / "_nst").write_text(zsh(listed))
