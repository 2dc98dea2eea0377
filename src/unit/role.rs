//! The role that the commands of a script give to a node. Must not read the files that they write.

use super::lines::continued_lines;
use crate::words::{Word, Words};

/// Programs that install RKE2: a server, unless `INSTALL_RKE2_TYPE` asks for an agent.
const INSTALLERS: &[&str] =
    &["get.rke2.io", "install.sh", "install-rke2", "install_rke2", "rke2-install", "rke2_install", "rke2.sh"];

/// The variable that asks the installer for a role.
const TYPE: &str = "INSTALL_RKE2_TYPE=";

/// What starts a service, now or at the next boot.
const STARTS: &[&str] = &["enable", "reenable", "reload-or-restart", "restart", "start", "try-restart"];

/// Words before a command that leave it one.
const BEFORE: &[&str] = &["do", "else", "sudo", "then"];

/// Whether the commands of a text make the node an agent for certain: they start the service of agents, each call of
/// the installer asks for an agent, and neither the service of servers nor a computed service is mentioned.
pub fn starts_agents(text: &str) -> bool {
    static AGENT: Word = Word::new("rke2-agent");
    static SERVERS: Words = Words::new(|| vec!["rke2-server", "rke2 server"]);
    if !AGENT.is_in(text.as_bytes()) || SERVERS.is_in(text.as_bytes()) || computes_service(text) {
        return false;
    }
    let (mut starts, mut starts_elsewhere, mut writes_here, mut is_typed) = (false, false, false, false);
    // A function whose declaration is sent to another machine writes the files of that machine.
    let has_moved_functions = text.contains("declare -f");
    for line in continued_lines(text).map(|place| text[place].trim_start()) {
        if line.starts_with('#') {
            continue;
        }
        let types = line.match_indices(TYPE).map(|(at, _)| &line[at + TYPE.len()..]);
        if !types.clone().all(is_agent) {
            return false;
        }
        let asks = types.count() > 0;
        if calls_installer(line) {
            if !asks && !is_typed {
                return false;
            }
        } else {
            // `export INSTALL_RKE2_TYPE=agent`
            is_typed |= asks;
        }
        writes_here |= !has_moved_functions && line.contains("/etc/rancher/rke2") && !is_elsewhere(line);
        for command in line.split([';', '&', '|']) {
            match service(command) {
                Service::Agent => starts = true,
                Service::AgentElsewhere => starts_elsewhere = true,
                Service::Computed => return false,
                Service::Other => {}
            }
        }
    }
    // A script that only starts agents on other machines may write the configuration of its own machine.
    starts || starts_elsewhere && !writes_here
}

/// Whether a line works on another machine.
fn is_elsewhere(line: &str) -> bool {
    line.split_whitespace()
        .any(|word| runs_elsewhere(word) || word.ends_with("scp") || word.ends_with("rsync"))
}

/// Whether a text contains the name of a service that ends with a variable: `rke2-$ROLE`.
fn computes_service(text: &str) -> bool {
    static START: Word = Word::new("rke2-");
    let after = |at: usize| text[at + START.len()..].chars().next();
    START.places(text.as_bytes()).any(|at| after(at).is_some_and(|next| "$\"'{<@%*`".contains(next)))
}

/// Whether an assigned value is `agent`.
fn is_agent(value: &str) -> bool {
    // Inside a string, quotes are escaped.
    let rest = value.trim_start_matches(['"', '\'', '\\']).strip_prefix("agent");
    rest.is_some_and(|rest| {
        !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '$' | '_' | '-' | '{'))
    })
}

/// Whether a line runs the installer, rather than only downloading it.
fn calls_installer(line: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let is_download = has(&[" -o", " -O", "--output", ">"]) || line.starts_with("chmod ");
    has(INSTALLERS) && (line.contains(['|', '&', ';']) || !is_download)
}

/// Whether a program runs a command on another machine: `ssh`, `sshpass`, `run_ssh`.
pub fn runs_elsewhere(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program).to_ascii_lowercase();
    name.contains("ssh") || name.contains("remote")
}

/// Programs that run a script on another machine, in addition to those of which the name says so.
const RUNNERS: &[&str] = &["docker", "incus", "kubectl", "lxc", "multipass", "podman", "vagrant"];

/// Whether a program runs a script on another machine.
pub fn is_runner(program: &str) -> bool {
    runs_elsewhere(program) || RUNNERS.contains(&program)
}

/// Whether a word of a command says that a shell gets a string of it: `ssh`, `sh -c`, `eval`.
pub fn runs_on_shell(word: &str) -> bool {
    let is_option = word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    is_option || is_runner(word) || ["bash", "eval", "sh"].contains(&crate::source::file_name(word))
}

/// Whether the values that a text assigns to the variable for the role all ask for an agent.
pub fn asks_for_agents(text: &str) -> bool {
    let mut types = text.match_indices(TYPE).map(|(at, _)| &text[at + TYPE.len()..]).peekable();
    types.peek().is_some() && types.all(is_agent)
}

/// The service that a command starts.
enum Service {
    Agent,
    /// That of an agent on another machine.
    AgentElsewhere,
    /// Its name is a variable.
    Computed,
    /// Another one, or none.
    Other,
}

fn service(command: &str) -> Service {
    let ends = |c: char| c.is_whitespace() || "\"'[](),`".contains(c);
    let words: Vec<&str> = command.split(ends).filter(|word| !word.is_empty()).collect();
    let systemctl = words.iter().position(|word| *word == "systemctl" || word.ends_with("/systemctl"));
    let Some((before, [_, rest @ ..])) = systemctl.map(|at| words.split_at(at)) else {
        return Service::Other;
    };
    if !rest.iter().any(|word| STARTS.contains(word)) {
        return Service::Other;
    }
    if rest.iter().any(|word| word.contains(['$', '{', '<'])) {
        return Service::Computed;
    }
    // A text that is printed only mentions the command.
    let mut before = before.iter().skip_while(|word| word.starts_with('-') || BEFORE.contains(word));
    if !rest.iter().any(|word| matches!(*word, "rke2-agent" | "rke2-agent.service")) {
        return Service::Other;
    }
    match before.next() {
        None => Service::Agent,
        Some(program) if runs_elsewhere(program) => Service::AgentElsewhere,
        Some(_) => Service::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_told_by_all_commands() {
        for text in [
            "curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=\"agent\" sh -\nsystemctl enable --now rke2-agent\n",
            "export INSTALL_RKE2_TYPE=agent\ncurl -o i.sh https://get.rke2.io\n./install.sh\nsudo systemctl start rke2-agent\n",
            "runcmd:\n- curl -sfL https://get.rke2.io | INSTALL_RKE2_TYPE=agent sh -\n- [systemctl, enable, rke2-agent.service]\n",
            "if true; then systemctl restart rke2-agent; fi\n",
            "scp config.yaml $h:/etc/rancher/rke2/\nssh $h sudo systemctl start rke2-agent\n",
            "ssh $h \"INSTALL_RKE2_TYPE=\\\"agent\\\" sh install.sh\"\nssh $h \"sudo systemctl start rke2-agent\"\n",
        ] {
            assert!(starts_agents(text), "{text}");
        }
        for text in [
            "curl https://get.rke2.io | INSTALL_RKE2_TYPE=agent sh -\n",
            "curl https://get.rke2.io | sh -\nsystemctl enable --now rke2-agent\n",
            "curl https://get.rke2.io | INSTALL_RKE2_TYPE=agent sh -\nsystemctl enable \"rke2-$ROLE\" # rke2-agent\n",
            "curl https://get.rke2.io | INSTALL_RKE2_TYPE=agent-x sh -\nsystemctl enable rke2-agent\n",
            "systemctl disable --now rke2-agent\nsystemctl enable --now $SERVICE\n",
            "systemctl stop rke2-agent\n",
            "systemctl status rke2-agent\n",
            "# systemctl enable rke2-agent\n",
            "echo 'run systemctl enable rke2-agent on workers'\n",
            "systemctl start rke2-agent || systemctl start rke2-server\n",
            "cat <<EOF > /etc/rancher/rke2/config.yaml\nEOF\nssh worker systemctl start rke2-agent\n",
        ] {
            assert!(!starts_agents(text), "{text}");
        }
    }
}
