"""Compares training on this machine: the lecture's loop, Keras' `fit`, PyTorch and ours.

    python benchmarks/training.py                  all parts, half an hour
    python benchmarks/training.py vae gan          only steps; also: layers, samples, start

PyTorch is included if it is installed (`pip install torch==2.13.0`). It runs eagerly, as in
its tutorials, because `torch.compile` needs a C++ compiler. Each contender has its own process,
and runs once per round, in a changing order. Read the ratios and the share of the limit. A
ratio is the median over rounds, of two times from the same round. The share of the limit is
the rate of a contender's multiplications and additions, divided by the rate of a large matrix
product in the same precision and the same rounds.
"""

import argparse
import importlib.util
import multiprocessing
import statistics
import subprocess
import sys
import time

import contenders
import operations

ROUNDS = {"vae": 5, "layers": 5, "gan": 7, "samples": 7, "start": 3}
SECONDS_A_TURN = 1.0


def main():
    """Measure the parts of the command line, and print tables."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("parts", nargs="*", default=list(ROUNDS), metavar="PART")
    chosen = arguments.parse_args().parts
    unknown = set(chosen) - set(ROUNDS)
    if unknown:
        arguments.error(f"no part {', '.join(sorted(unknown))}; choose from {', '.join(ROUNDS)}")
    torch = importlib.util.find_spec("torch") is not None
    if not torch:
        print("PyTorch is not installed here: pip install torch==2.13.0 adds its rows.\n")
    measures = {"layers": _layers, "samples": _samples, "start": _start}
    for part in chosen:
        measures.get(part, _steps)(part, torch)


def _steps(part, torch):
    names = [name for name in contenders.STEPS[part] if torch or not name.startswith("PyTorch")]
    peaks = [f"products in {dtype}" for dtype in ("float32", "bfloat16")]
    times = _measure([(part, name) for name in names] + [("peak", p) for p in peaks], ROUNDS[part])
    flops = operations.step_flops(part)
    rates = {p: operations.PEAK_FLOPS / statistics.median(times["peak", p]) / 1e9 for p in peaks}
    print(f"## {part.upper()}, one step of {operations.BATCH_SIZES[part]} images\n")
    print("| | ms | times ours in float32 | times ours in bfloat16 | share of the limit |")
    print("|---|---|---|---|---|")
    for name in names:
        mine = times[part, name]
        ratios = [_ratio(mine, times[part, f"ours, {dtype}"]) for dtype in ("float32", "bfloat16")]
        dtype = "bfloat16" if "bfloat16" in name else "float32"
        done = flops["folded" if name.startswith("ours") else "plain"]
        share = done / statistics.median(mine) / 1e9 / rates[f"products in {dtype}"]
        milliseconds = 1000 * statistics.median(mine)
        print(f"| {name} | {milliseconds:.0f} | {' | '.join(ratios)} | {share:.0%} |")
    said = "; ".join(f"{name}: {rate:.0f} GFLOP/s" for name, rate in rates.items())
    print(f"\n{said}. A step is {_billions(flops)} floating-point operations.\n", flush=True)


def _billions(flops):
    plain, folded = (flops[key] / 1e9 for key in ("plain", "folded"))
    return f"{plain:.0f} billion" + (f" ({folded:.0f} billion folded)" if folded < plain else "")


def _layers(part, _):
    """Measure each product of the VAE's step alone, in float32."""
    peak = "peak", "products in float32"
    times = _measure([(part, name) for name in operations.LAYERS] + [peak], ROUNDS[part])
    limit = operations.PEAK_FLOPS / statistics.median(times[peak])
    print("## VAE, each layer of the step alone, float32\n")
    print("| | ms | billion operations | share of the limit |\n|---|---|---|---|")
    flops, total = operations.layer_flops(), 0.0
    for name in operations.LAYERS:
        seconds = statistics.median(times[part, name])
        total += seconds
        share = flops[name] / seconds / limit
        print(f"| {name} | {1000 * seconds:.1f} | {flops[name] / 1e9:.2f} | {share:.0%} |")
    print(f"| all | {1000 * total:.0f} | {sum(flops.values()) / 1e9:.1f} | |\n", flush=True)


def _samples(part, torch):
    names = [name for name in contenders.SAMPLERS if torch or not name.startswith("PyTorch")]
    print("## Samples per second\n\n| | batch | samples per second | ours is faster by |")
    print("|---|---|---|---|")
    for network in ("decoder", "generator"):
        for size in (1, 256):
            keys = [("samples", (network, name, size)) for name in names]
            times = _measure(keys, ROUNDS[part])
            ours = times["samples", (network, "ours", size)]
            for key in keys:
                rate = size / statistics.median(times[key])
                name = key[1][1]
                print(f"| {network}, {name} | {size} | {rate:,.0f} | {_ratio(times[key], ours)} |")
    print(flush=True)


def _start(part, torch):
    """Measure from a cold start of Python to the end of the VAE's first epoch on 8,000 digits."""
    names = [name for name in contenders.STEPS["vae"] if torch or not name.startswith("PyTorch")]
    names = [name for name in names if not name.startswith("Keras")]
    times = {name: [] for name in names}
    for turn in range(ROUNDS[part]):
        for name in _in_turn(names, turn):
            started = time.monotonic()
            subprocess.run([sys.executable, contenders.__file__, name], check=True)
            times[name].append(time.monotonic() - started)
    print("## From a cold start to the end of the VAE's first epoch\n\n| | s |\n|---|---|")
    for name, seconds in times.items():
        print(f"| {name} | {statistics.median(seconds):.1f} |")
    print(flush=True)


def _ratio(mine, ours):
    ratios = sorted(a / b for a, b in zip(mine, ours))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _in_turn(names, turn):
    """All names, each round with another one first."""
    first = turn % len(names)
    return names[first:] + names[:first]


def _measure(keys, rounds):
    """Seconds per step of each contender, by round."""
    workers = {}
    context = multiprocessing.get_context("spawn")
    try:
        for key in keys:
            ours, theirs = context.Pipe()
            process = context.Process(target=_worker, args=(key, theirs), daemon=True)
            process.start()
            theirs.close()
            workers[key] = process, ours
            ours.recv()  # One after the other, because each start uses all cores.
        times = {key: [] for key in keys}
        for turn in range(rounds):
            for key in _in_turn(keys, turn):
                _, pipe = workers[key]
                pipe.send("run")
                times[key].append(pipe.recv())
        return times
    finally:
        for process, _ in workers.values():
            process.kill()
            process.join()


def _worker(key, pipe):
    call, steps = contenders.make(*key)
    for _ in range(3):
        call()
    started = time.perf_counter()
    call()
    count = max(1, round(SECONDS_A_TURN / (time.perf_counter() - started)))
    pipe.send("ready")
    while True:
        pipe.recv()
        call()  # Warms the caches, which another contender has used since.
        started = time.perf_counter()
        for _ in range(count):
            call()
        pipe.send((time.perf_counter() - started) / count / steps)


if __name__ == "__main__":
    main()
