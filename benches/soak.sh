#!/usr/bin/env bash
# Does the generator's memory stay flat? A steady rate of session journeys against `gander serve`,
# the generator's memory every ten seconds. Fails if it grows by more than a twentieth after the
# first minute, or if the run does not pass.
#
#   benches/soak.sh [MINUTES] [RATE]        # 10 minutes of 500/s, unless said otherwise; Linux
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-10} rate=${2:-500/s}

cargo build --release --quiet
gander=target/release/gander
out=$(mktemp -d)
simulator='' generator=''
end() {
  [ -z "$generator" ] || kill "$generator" 2>/dev/null || true
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$out"
}
trap end EXIT

resident() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status" 2>/dev/null; }

"$gander" serve --listen 127.0.0.1:0 >"$out/serve" 2>&1 &
simulator=$!
until url=$(grep -om1 'http://127.0.0.1:[0-9]*' "$out/serve"); do
  kill -0 "$simulator" || { cat "$out/serve"; exit 1; }
  sleep 0.1
done

# This is about memory: the simulator shares the processors, so the generator may wait for them.
"$gander" run session --target "$url" --rate "$rate" --think-time 100ms --duration "${minutes}m" \
  --max-lateness 1s >"$out/summary" 2>&1 &
generator=$!
echo "seconds  generator KiB"
early=0 late=0 started=$SECONDS
while sleep 10 && kib=$(resident "$generator") && [ -n "$kib" ]; do
  elapsed=$((SECONDS - started))
  printf '%7d  %13d\n' "$elapsed" "$kib"
  if [ "$elapsed" -le 70 ]; then
    early=$((kib > early ? kib : early))
  else
    late=$((kib > late ? kib : late))
  fi
done
verdict=0
wait "$generator" || verdict=$?
generator=''
cat "$out/summary"
if [ "$late" -eq 0 ]; then
  echo "too short to say: give it at least 2 minutes"
  exit 1
fi
echo "most in the first minute $early KiB, later $late KiB"
if [ "$verdict" -ne 0 ] || [ $((late * 20)) -gt $((early * 21)) ]; then
  echo "not flat, or the run did not pass (exit code $verdict)"
  exit 1
fi
echo "flat"
