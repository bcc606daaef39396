#!/bin/bash -eu
# Called by ClusterFuzzLite and OSS-Fuzz in their image: targets, seeds and dictionaries to $OUT.
cd "$SRC/gander"
cargo fuzz build --release --debug-assertions
for source in fuzz/fuzz_targets/*.rs; do
  name=$(basename "$source" .rs)
  cp "fuzz/target/x86_64-unknown-linux-gnu/release/$name" "$OUT/"
  inputs=("fuzz/seeds/$name")
  if [ -d "fuzz/regressions/$name" ]; then
    inputs+=("fuzz/regressions/$name")
  fi
  zip -q -j -r "$OUT/${name}_seed_corpus.zip" "${inputs[@]}"
  # Inputs that are choices are chosen from evenly: see fuzz/README.md.
  if grep -q 'gander_fuzz::choices!' "$source"; then
    printf '[libfuzzer]\nentropic = 0\n' > "$OUT/$name.options"
  fi
done
# A dictionary helps where the bytes are a document.
for name in parse tokens differential; do
  cp fuzz/dict/xml.dict "$OUT/$name.dict"
done
cp fuzz/dict/scenario.dict "$OUT/scenario.dict"
