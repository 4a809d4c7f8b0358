#!/usr/bin/env bash
# Publishes the command line and the silo into one folder: bash deploy/local/install.sh [FOLDER]  (default ~/.local/share/aifactory)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${1:-$HOME/.local/share/aifactory}
dotnet publish "$root/clients/AiFactory.Cli" -c Release -o "$folder"
# Compiled ahead: the server is at its pace at once, not after a minute of compiling beside its requests.
dotnet publish "$root/silos/AiFactory.Silo" -c Release -p:PublishReadyToRun=true -o "$folder/silo"
echo "Installed. Start a factory with: $folder/factory up --data DIR"
