# Shared by deploy/run and deploy/test: what the machine must have, and the build. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
state=$root/.run
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

require_dotnet() {
    command -v dotnet >/dev/null || die "the .NET 10 SDK is not installed; see https://dotnet.microsoft.com/download/dotnet/10.0"
    dotnet --list-sdks 2>/dev/null | grep -E '^(1[0-9]|[2-9][0-9])\.' >/dev/null || die "the .NET 10 SDK is needed; installed are: $(dotnet --list-sdks | cut -d' ' -f1 | xargs)"
}

# Debian packages of what is missing; a server whose address is given is not needed here.
missing_packages() {
    if [ -z "${PAYMENTGUARD_REDIS:-}" ]; then command -v redis-server >/dev/null || echo redis-server; fi
    if [ -z "${PAYMENTGUARD_POSTGRES:-}" ]; then
        ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || echo postgresql
    fi
    /sbin/ldconfig -p | grep 'librdkafka\.so\.1' >/dev/null || echo librdkafka1
    if [ -z "${PAYMENTGUARD_KAFKA:-}" ] && { [ -n "${KAFKA_HOME:-}" ] || [ -d "$root/../shared/kafka/libs" ]; }; then
        command -v java >/dev/null || echo openjdk-17-jre-headless
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
}

# The browser of the tests. Ubuntu's package of that name cannot be used without snapd: there the tests that need it are skipped.
missing_browser() {
    [ -x /usr/bin/chromium ] || ! grep -qx 'ID=debian' /etc/os-release || echo chromium
}

# Other people's one-time codes, which tests compare ours with.
missing_oathtool() { command -v oathtool >/dev/null || echo oathtool; }

# Installs what is missing, also of the packages given, and nothing that it installs is started: our servers are private ones.
install_packages() {
    local missing; missing=$({ missing_packages; printf '%s\n' "$@"; } | xargs)
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "not installed: $missing (names of Debian's packages). Install them and run this again."
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "not installed: $missing. Run as root: apt-get install $missing"
    say "Installing $missing ..."
    local log; log=$(mktemp)
    as_root env DEBIAN_FRONTEND=noninteractive bash -s "$missing" >"$log" 2>&1 <<'INSTALL' || { tail -5 "$log" >&2; die "installing failed (log: $log). Run as root: apt-get update && apt-get install $missing"; }
set -eu
policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/paymentguard-install.conf
cleanup() { [ -z "${wrote_policy:-}" ] || rm -f "$policy"; rm -f "$cluster"; }
trap cleanup EXIT
if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; wrote_policy=1; fi
mkdir -p "$(dirname "$cluster")"
echo 'create_main_cluster = false' >"$cluster"
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 $1; }
install "$1" || { apt-get update -q; install "$1"; }
INSTALL
    rm -f "$log"
}

# Build servers would go on running after us, so none is used.
build() {
    local log; log=$(mktemp)
    MSBUILDDISABLENODEREUSE=1 dotnet build "$1" -c Release -v quiet -nologo -p:UseSharedCompilation=false >"$log" 2>&1 \
        || { grep -E 'error|warn' "$log" | sort -u | head -20 >&2 || tail -20 "$log" >&2; die "building $1 failed"; }
    rm -f "$log"
}

# Whether a source file, or a folder's list of files, is newer than the last build for deploy/run.
changed_since_build() {
    [ -f "$state/built" ] && [ -f "$root/src/PaymentGuard.Cli/bin/Release/net10.0/PaymentGuard.Cli.dll" ] \
        && [ -f "$root/src/PaymentGuard.Api/bin/Release/net10.0/PaymentGuard.Api.dll" ] || return 0
    [ -n "$(find "$root"/src "$root"/*.props -name bin -prune -o -name obj -prune -o -newer "$state/built" -print -quit)" ]
}
