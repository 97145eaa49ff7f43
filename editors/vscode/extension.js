// Starts `cotter lsp` for files of the language, and starts it again when the setting that names it changes.
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function start() {
    const command = workspace.getConfiguration("cotter").get("path", "cotter");
    const server = { command, args: ["lsp"], transport: TransportKind.stdio };
    const selector = [
        { scheme: "file", language: "cotter" },
        { scheme: "untitled", language: "cotter" },
    ];
    client = new LanguageClient("cotter", "Cotter", server, { documentSelector: selector });
    return client.start();
}

async function activate(context) {
    context.subscriptions.push(
        workspace.onDidChangeConfiguration(async (change) => {
            if (change.affectsConfiguration("cotter.path")) {
                await deactivate();
                await start();
            }
        }),
    );
    await start();
}

async function deactivate() {
    if (client) {
        await client.stop();
        client = undefined;
    }
}

module.exports = { activate, deactivate };
