// The client under test, as the conformance suite starts it: `client.mjs SERVER_URL`, with the scenario's name, the
// revision and what else it wants in MCP_CONFORMANCE_*. Turns that into one `mcp-tui run` over one connection.
//
// What the suite asks for is decided here and nowhere else: the program under test never sees a scenario's name.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const env = process.env;
const url = process.argv.at(-1);
const context = JSON.parse(env.MCP_CONFORMANCE_CONTEXT ?? "{}");

const list = { op: "tools.list", as: "t" };
const callAll = { op: "tools.call-all" };

// As a person does it who reads a skill and then what it points to; a skill that is refused is not gone on with.
const loadSkill = [
  { op: "skills.list", as: "s" },
  { op: "skills.load", uri: "${s.skills[0].uri}" },
  { op: "skills.load", uri: "${s.skills[0].uri}", file: "references/FORMS.md" },
];

// What a scenario's contract asks of the client, where it is more than "list the tools and call them".
const contracts = {
  "json-schema-ref-no-deref": [list],
  "json-schema-2020-12-preservation": [
    list,
    {
      op: "tools.call",
      name: "json_schema_echo",
      arguments: { schema: "${t.tools[name=json_schema_2020_12_tool].inputSchema}" },
    },
  ],
  "sep-2640-client-no-prefetch": [{ op: "skills.list" }],
  "sep-2640-client-verify-digest": loadSkill,
  "sep-2640-client-verify-size": loadSkill,
  "sep-2640-client-verify-frontmatter": loadSkill,
  "http-standard-headers": [
    list,
    callAll,
    { op: "resources.list", as: "r" },
    { op: "resources.read", uri: "${r.resources[0].uri}" },
    { op: "prompts.list", as: "p" },
    { op: "prompts.get", name: "${p.prompts[0].name}" },
  ],
};

function steps() {
  if (context.toolCalls) {
    return [list, ...context.toolCalls.map((call) => ({ op: "tools.call", ...call }))];
  }
  return contracts[env.MCP_CONFORMANCE_SCENARIO] ?? [list, callAll];
}

const home = mkdtempSync(join(tmpdir(), "conformance-"));
const options = ["--config-dir", home, "--elicit", "accept-defaults", "--root", home];
if (env.MCP_CONFORMANCE_PROTOCOL_VERSION) {
  options.push("--protocol-version", env.MCP_CONFORMANCE_PROTOCOL_VERSION);
}
const script = steps().map((step) => JSON.stringify(step)).join("\n");
const ran = spawnSync(env.MCP_TUI, ["run", "-", "--json", "--url", url, ...options], {
  input: script,
  stdio: ["pipe", "inherit", "inherit"],
});
rmSync(home, { recursive: true });
process.exit(ran.status ?? 1);
