// Starts `rke2-lint server` and keeps it running; the server does everything else.
import { commands, ExtensionContext, window, workspace } from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

/** The languages of files that may contain RKE2 configuration. */
const LANGUAGES = ["yaml", "helm", "shellscript", "terraform", "ansible"];

let client: LanguageClient | undefined;

async function start(): Promise<void> {
  const settings = workspace.getConfiguration("rke2-lint");
  const command = settings.get<string>("path", "rke2-lint");
  client = new LanguageClient(
    "rke2-lint",
    "rke2-lint",
    { command, args: ["server"] },
    {
      documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
      initializationOptions: { inlayHints: settings.get<boolean>("inlayHints", false) },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const choice = await window.showErrorMessage(
      `rke2-lint: cannot start ${command}: ${error instanceof Error ? error.message : String(error)}`,
      "Open Settings",
    );
    if (choice !== undefined) {
      await commands.executeCommand("workbench.action.openSettings", "rke2-lint.path");
    }
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart(): Promise<void> {
  await stop();
  await start();
}

export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand("rke2-lint.restart", restart),
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("rke2-lint.path") || event.affectsConfiguration("rke2-lint.inlayHints")) {
        await restart();
      }
    }),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return stop();
}
