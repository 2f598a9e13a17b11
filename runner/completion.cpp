// completion.cpp: the script, filled with the names that this build knows.
#include "runner/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "checker/scenarios/scenario.hpp"
#include "runner/cells.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/list.hpp"
#include "runner/near_names.hpp"
#include "runner/options.hpp"
#include "runner/plan.hpp"
#include "runner/sim_plan.hpp"

namespace faultline {

namespace {

// %NAME% is replaced. zsh reads bash completions by way of bashcompinit.
constexpr const char* script = R"(# source this, or put it where your shell looks for completions
_faultline() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
  local head= last=$cur
  case $prev in
    --design) words='%DESIGNS%' ;;
    --workload) words='%WORKLOADS%'
      [ "${COMP_WORDS[1]}" = kernel ] && words='%KERNEL_WORKLOADS%' ;;
    --placement) words='kernel separate embedded' ;;
    --machine) words='%MACHINES%' ;;
    --park) words='kernel futex' ;;
    --scenario) words='%SCENARIOS%' ;;
    --mode) words='auto exhaustive preemptions random pct'
      [ "${COMP_WORDS[1]}" = kernel ] && words='threads processes' ;;
    --suite) words='%SUITES%' ;;
    --pin) words='cores compact scatter none' ;;
    --threads) words='auto n n+1 2n' ;;
    --set) COMPREPLY=($(compgen -S = -W '%PARAMS%' -- "$cur")); compopt -o nospace; return ;;
    -o|--output|--resume|--html|--emit-test|--trace) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    list) words='%KINDS%' ;;
    kernel) words='%KERNEL_COMMANDS%' ;;
    completion) words='bash zsh' ;;
  esac
  if [ -n "$words" ]; then
    # lists with commas: complete the last name
    case $cur in *,*) head=${cur%,*},; last=${cur##*,} ;; esac
    COMPREPLY=($(compgen -P "$head" -W "$words" -- "$last"))
    return
  fi
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W '%COMMANDS%' -- "$cur"))
    return
  fi
  case ${COMP_WORDS[1]}/$cur in
    run/*) COMPREPLY=($(compgen -W '%RUN_OPTIONS%' -- "$cur")) ;;
    sim/*) COMPREPLY=($(compgen -W '%SIM_OPTIONS%' -- "$cur")) ;;
    check/*) COMPREPLY=($(compgen -W '%CHECK_OPTIONS%' -- "$cur")) ;;
    kernel/-*) COMPREPLY=($(compgen -W '%KERNEL_OPTIONS%' -- "$cur")) ;;
    list/-*) COMPREPLY=($(compgen -W '--long --json --help' -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -F _faultline faultline
)";

void replace(std::string& text, const std::string& name, const std::vector<std::string>& words) {
  const std::string mark = "%" + name + "%";
  const std::string joined = fmt::format("{}", fmt::join(words, " "));
  text.replace(text.find(mark), mark.size(), joined);
}

}  // namespace

int run_completion(const std::string& shell) {
  if (shell != "bash" && shell != "zsh") {
    throw Failure(exit_code::usage, unknown_name("completion for", shell, {"bash", "zsh"}));
  }
  std::vector<std::string> designs;
  for (const DesignInfo& design : all_designs()) designs.push_back(design.name);
  std::vector<std::string> workloads;
  std::vector<std::string> params;
  for (const WorkloadInfo& info : all_workloads()) {
    workloads.emplace_back(info.name);
    for (const Param& param : info.params) params.emplace_back(param.name);
  }
  for (const kernel::CatalogEntry& entry : kernel::all_kernel_workloads()) {
    for (const Param& param : entry.info.params) params.emplace_back(param.name);
  }
  std::string text = script;
  replace(text, "DESIGNS", designs);
  replace(text, "WORKLOADS", workloads);
  replace(text, "KERNEL_WORKLOADS", kernel::kernel_workload_names());
  replace(text, "KERNEL_COMMANDS", kernel_command_names());
  replace(text, "KERNEL_OPTIONS", kernel_option_names());
  replace(text, "PARAMS", params);
  std::set<std::string> scenarios;
  for (const ScenarioCell& cell : all_scenarios()) scenarios.insert(cell.scenario);
  replace(text, "SCENARIOS", {scenarios.begin(), scenarios.end()});
  replace(text, "CHECK_OPTIONS", check_option_names());
  replace(text, "MACHINES", machine_list());
  replace(text, "SIM_OPTIONS", sim_option_names());
  replace(text, "SUITES", suite_names());
  replace(text, "KINDS", list_kinds());
  replace(text, "COMMANDS", command_names());
  replace(text, "RUN_OPTIONS", run_option_names());
  if (shell == "zsh") fmt::print("autoload -U +X bashcompinit && bashcompinit\n");
  fmt::print("{}", text);
  return exit_code::ok;
}

}  // namespace faultline
