#!/usr/bin/env bash
# A compiler for other systems, and Wine to run what it makes for Windows; on Debian, as root.
#
#   xtask/systems/setup.sh [FOLDER]       # 1 GB under target/systems, unless another is said
#
# Afterwards `TARGET=aarch64-apple-darwin FOLDER/cargo check -p perf-runtime` checks for
# that system, and `TARGET=x86_64-pc-windows-gnu FOLDER/cargo test ..` runs tests under Wine.
# `cargo xtask ci` finds the default folder by itself, and another one in PERF_SYSTEMS.
#
# A toolchain of rustup has the standard library of one system, and those of others have to
# be fetched. Debian packages the sources of the standard library with the compiler of the
# same version, which builds it for any system (`-Zbuild-std`): what is only checked needs
# no linker of that system, and mingw links for Windows.
set -euo pipefail
folder=${1:-$(dirname "$0")/../../target/systems}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

apt-get update -qq
apt-get install -y -qq --no-install-recommends gcc-mingw-w64-x86-64 wine64 wine >/dev/null

# Unpacked and not installed: installed, they would take the place of other compilers.
version=$(apt-cache show rustc-web | sed -n 's/^Version: \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
library=libstd-rust-web-$version
llvm=$(apt-cache depends "$library" | sed -n 's/^ *Depends: \(libllvm[0-9.]*\)$/\1/p')
(cd "$work" && apt-get download -qq rustc-web rust-web-src libstd-rust-web-dev "$library" "$llvm")
rm -rf "$folder/unpacked"
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$folder/unpacked"; done

# The standard library asks bcryptprimitives.dll for random bytes, and Wine 8 has no such
# library: this one hands the question on to one that it has.
cat > "$work/random.c" <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
    return SystemFunction036(bytes, (ULONG)length);
}
C
x86_64-w64-mingw32-gcc -shared -o "$folder/bcryptprimitives.dll" "$work/random.c" -ladvapi32

# What cargo starts a Windows program with.
cat > "$folder/run" <<SH
#!/bin/sh
export WINEPREFIX="$folder/wine" WINEPATH="$folder" WINEDEBUG="\${WINEDEBUG:--all}"
exec wine "\$@"
SH
cat > "$folder/cargo" <<SH
#!/bin/sh
verb=\$1
shift
export RUSTC="$folder/unpacked/usr/bin/rustc" RUSTC_BOOTSTRAP=1
export LD_LIBRARY_PATH="$folder/unpacked/usr/lib/x86_64-linux-gnu"
export CARGO_TARGET_DIR="\${CARGO_TARGET_DIR:-$folder/target}"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$folder/run"
exec "$(rustup which cargo --toolchain nightly)" "\$verb" -Zbuild-std=std,panic_unwind,proc_macro,test --target "\${TARGET:?names the system}" "\$@"
SH
chmod +x "$folder/run" "$folder/cargo"
WINEPREFIX="$folder/wine" WINEDEBUG=-all wine wineboot --init >/dev/null 2>&1 || true
LD_LIBRARY_PATH="$folder/unpacked/usr/lib/x86_64-linux-gnu" "$folder/unpacked/usr/bin/rustc" --version
