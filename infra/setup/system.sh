#!/usr/bin/env bash
# Installs the system package that a target needs, or stops with the exact command to type.
# Usage: system.sh bubblewrap | postgresql | python3-venv | openjdk-17-jre-headless | chromium | fonts-nanum
set -euo pipefail
package=$1
here=$(cd "$(dirname "$0")" && pwd)

# Spark runs on Java 17 or newer, that of JAVA_HOME where one is named.
java_is_new_enough() {
    local java=java version
    [ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p') || return 1
    [ "${version:-0}" -ge 17 ]
}

present() {
    case $package in
        bubblewrap) command -v bwrap ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb || command -v initdb ;;
        openjdk-17-jre-headless) java_is_new_enough ;;
        chromium) command -v chromium ;;
        fonts-nanum) ls /usr/share/fonts/truetype/nanum/NanumGothic.ttf ;;
        python3-venv) /usr/bin/python3 -c 'import ensurepip, venv' ;;
        *) echo "unknown package: $package" >&2; exit 2 ;;
    esac >/dev/null 2>&1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

if ! present; then
    echo "Installing $package ..."
    if ! as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends $package" >/dev/null; then
        echo "$package is missing. Type: sudo apt-get update && sudo apt-get install -y $package" >&2
        echo "$package 패키지가 없습니다. 입력: sudo apt-get update && sudo apt-get install -y $package" >&2
        exit 1
    fi
fi

# Ubuntu 24.04 forbids user namespaces to programs without an AppArmor profile of their own.
restricted=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
profile=$here/../apparmor/onggi-bwrap
if [ "$package" = bubblewrap ] && [ -r $restricted ] && [ "$(cat $restricted)" = 1 ] \
    && [ ! -e /etc/apparmor.d/onggi-bwrap ]; then
    if ! as_root sh -c "install -m 0644 '$profile' /etc/apparmor.d/onggi-bwrap && apparmor_parser -r /etc/apparmor.d/onggi-bwrap"; then
        echo "Sandboxes need an AppArmor profile. Type:" >&2
        echo "  sudo install -m 0644 $profile /etc/apparmor.d/onggi-bwrap && sudo apparmor_parser -r /etc/apparmor.d/onggi-bwrap" >&2
        exit 1
    fi
fi
