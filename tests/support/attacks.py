"""What a submission may try on the machine that grades it, one idea each.

Every attack runs between a right ``lp_norm`` and the cell that checks it, or comes inside
that function. ``test_hostile.py`` says what the words in capitals stand for.
"""

from channels import KERNEL, LEFT_BEHIND, NO_FAMILY, REFUSED, RIGHT, Attack

__all__ = ["ATTACKS", "RIGHT", "TENSORFLOW_ATTACKS", "WRONG", "Attack"]

WRONG = """
import numpy as np


def lp_norm(x, p):
    return 0.0
"""


def in_answer(body, mark=0.0, **outcome):
    """An attack from within the function, where a probe calls it."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    head = "import numpy as np\nright = np.linalg.norm\n\n\ndef lp_norm(x, p):\n"
    return Attack(answer=head + lines, mark=mark, **outcome)


def beside_wrong(cell, **outcome):
    """A cell that would have a wrong function pass."""
    return Attack(cell, answer=WRONG, **({"mark": 0.0} | outcome))


TIME = "longer than it may"
DEAF = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
SUPPRESS = "from contextlib import suppress\n"
# Writes to each open file that could be the pipe to the grader.
TO_EVERY_FILE = """
import json, os, struct
def send(content):
    for descriptor in range(3, 64):
        try:
            while content:
                content = content[os.write(descriptor, content):]
        except OSError:
            pass
def record(payload=b"", **header):
    header = json.dumps(header | {"bytes": len(payload)}).encode()
    return struct.pack(">I", len(header)) + header + payload
def frame(payload=b"", **header):
    header = json.dumps({"bytes": len(payload)} | header).encode()
    return struct.pack(">I", len(header)) + header + payload
"""

# What lies outside the system's and Python's own folders.
OWN_FILES = """
import os, sys
def own_files():
    others = ("/proc", "/sys", "/dev/", "/usr", "/lib", sys.prefix, sys.base_prefix)
    for top, folders, names in os.walk("/"):
        folders[:] = [name for name in folders
                      if not os.path.realpath(os.path.join(top, name)).startswith(others)]
        for name in names:
            path = os.path.join(top, name)
            if os.path.isfile(path):
                yield path
"""


def forged(stream):
    """Sends an observation stream of the attacker's own for the cell that checks, and ends."""
    return Attack(
        f"{TO_EVERY_FILE}\nsend(record({stream}, cell=2, reason='') + record(end=True))\n"
        "os._exit(0)",
        answer=WRONG,
        mark=0.0,
        stopped="not run",
    )


ATTACKS = {
    # Time.
    "endless loop": Attack("while True:\n    pass", "OutOfTime", trouble="time"),
    "endless loop that catches everything": Attack(
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass",
        stopped=TIME,
        trouble="time",
    ),
    "endless loop deaf to its alarm": Attack(
        f"{DEAF}while True:\n    pass",
        stopped=TIME,
        trouble="time",
    ),
    "endless regular expression": Attack(
        "import re\nre.fullmatch('(a*)*b', 'a' * 40)", "OutOfTime", trouble="time"
    ),
    "huge power": Attack("x = 9 ** 9 ** 9 ** 9", "OutOfTime|MemoryError|Stopped", "|longer", None),
    "endless loop in the function": in_answer("while True:\n    pass"),
    "stops itself": Attack(
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", stopped=TIME, trouble="time"
    ),
    "waits for input": Attack("input('name? ')", "EOFError|not.*input|OSError"),
    # Memory, processes, files, output.
    "memory bomb at once": Attack("x = bytearray(10**13)", "MemoryError", trouble="memory"),
    "memory bomb in steps": Attack(
        "x = []\nwhile True:\n    x.append(bytes(range(256)) * 10**6)",
        "MemoryError|OutOfTime|more memory",
        stopped="",
        trouble=None,
    ),
    "memory bomb in many processes": Attack(
        f"{DEAF}import os\nwhile True:\n    os.fork()\n    x = bytearray(2 * 10**8)",
        stopped="more memory than it may|longer than it may",
        trouble=None,
    ),
    "memory in files without names": Attack("import os\nos.memfd_create('x')", REFUSED),
    "fork bomb": Attack(
        f"{DEAF}import os\nwhile True:\n    try:\n        os.fork()\n"
        "    except BaseException:\n        pass",
        stopped="more memory than it may|longer than it may",
        trouble=None,
    ),
    "thread bomb": Attack(
        "import threading, time\nwhile True:\n"
        "    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
        "can't start new thread",
    ),
    "one huge file": Attack(
        "with open('x', 'wb') as file:\n    while True:\n        file.write(bytes(10**7))",
        "File too large",
    ),
    "many files": Attack(
        "for n in range(100):\n    open(f'x{n}', 'wb').write(bytes(10**7))", "No space left"
    ),
    "files in shared memory": Attack(
        "for n in range(100):\n    open(f'/dev/shm/x{n}', 'wb').write(bytes(10**7))",
        "No space left",
    ),
    "many open files": Attack(
        "files = [open('/dev/null') for _ in range(10**5)]", "Too many open files"
    ),
    "gigabytes of output": Attack(
        "for _ in range(20):\n    print('x' * 10**7)", "the rest is left out"
    ),
    "too many figures": Attack(
        "import matplotlib.pyplot as plt\nfor n in range(40):\n"
        "    plt.figure(figsize=(1, 1))\n    plt.plot([1])\n    plt.show()",
        "image/png",
    ),
    "a display of gigabytes": Attack(
        "from IPython.display import HTML, display\ndisplay(HTML('x' * 10**8))", "too large to show"
    ),
    "flood of the grader": Attack(
        f"{TO_EVERY_FILE}\nwhile True:\n    send(bytes(10**6))",
        stopped="record that is not JSON|more than a cell may|without a size",
    ),
    "flood of small records": Attack(
        f"{TO_EVERY_FILE}\nwhile True:\n    send(record(cell=1, begins=True) * 1000)",
        stopped="more records than",
    ),
    # Ends and crashes.
    "deep recursion": Attack("def f():\n    f()\nf()", "RecursionError"),
    "bottomless recursion": Attack(
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "class A:\n    def __eq__(self, other):\n        return [self] == [other]\n"
        "A() == A()",
        stopped="SIGSEGV|^$",
    ),
    "segmentation fault": Attack("import ctypes\nctypes.string_at(0)", stopped="SIGSEGV"),
    "abort": Attack("import os\nos.abort()", stopped="SIGABRT"),
    "exit at once": Attack("import os\nos._exit(0)", stopped="ended its own process"),
    "exit": Attack("import sys\nsys.exit()", "SystemExit"),
    "exit in the function": in_answer("import os\nos._exit(0)"),
    "interrupt in the function": in_answer("raise KeyboardInterrupt"),
    "exception that cannot be read": in_answer(
        "class Bad(BaseException):\n    def __str__(self):\n        raise self\n"
        "    __repr__ = __str__\nraise Bad"
    ),
    # At the worker and the grader.
    "kills the worker": Attack(
        f"{SUPPRESS}import os, signal\nwith suppress(OSError):\n    os.kill(1, signal.SIGKILL)"
    ),
    "kills everybody": Attack(
        "import os, signal\nos.kill(-1, signal.SIGKILL)", stopped="ended the worker|SIGKILL|^$"
    ),
    "stops the worker": Attack(
        f"{SUPPRESS}import os, signal\nwith suppress(OSError):\n    os.kill(1, signal.SIGSTOP)"
    ),
    "signals by number": Attack(
        "import os\nfor number in range(1, 65):\n    for process in range(1, 400):\n"
        "        try:\n            os.kill(process, number)\n        except OSError:\n"
        "            pass",
        stopped=".",
        trouble=None,
    ),
    "slows the worker": Attack("import os\nos.setpriority(os.PRIO_PROCESS, 1, 19)", REFUSED),
    "limits the worker": Attack(
        "import os, resource\nresource.prlimit(1, resource.RLIMIT_NPROC, (1, 1))",
        REFUSED,
    ),
    "raises its own limits": Attack(
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "not allowed to raise"
    ),
    "memory of the worker": Attack(
        "import os\nprint(os.listdir('/proc'))\nopen('/proc/1/mem', 'rb')", "FileNotFoundError"
    ),
    "debugs the worker": Attack(
        "import ctypes, os\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.ptrace(16, 1, 0, 0), ctypes.get_errno())",
        r"-1 1\b",
    ),
    "reads through a debugger's call": Attack(
        "import ctypes, os\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.process_vm_readv(1, 0, 0, 0, 0, 0), ctypes.get_errno())",
        r"-1 1\b",
    ),
    "files of the worker": Attack("import os\nos.listdir('/proc/1/fd')", "FileNotFoundError"),
    "becomes root": Attack("import os\nos.setuid(0)", f"{REFUSED}|Invalid argument"),
    "becomes root of a namespace": Attack(
        "import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.unshare(0x10000000), ctypes.get_errno())",
        r"-1 1\b",
    ),
    "clones into a namespace": Attack(
        "import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.syscall(CLONE, 0x10000011, 0, 0, 0, 0), ctypes.get_errno())",
        r"-1 1\b",
    ),
    "mounts": Attack(
        "import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.mount(b'/', b'/tmp', b'', 4096, 0), ctypes.get_errno())",
        r"-1 1\b",
    ),
    # Reading what it must not.
    "imports the references": Attack(
        "import importlib\nfor name in ['exercises.a1_distances', 'key', 'answers', 'verdict',\n"
        "             'classroom', 'exercise']:\n"
        "    try:\n        importlib.import_module(f'autograder.{name}')\n"
        "        print('found', name)\n"
        "    except ImportError:\n        print('none')",
        r"^(?!.*found).*none\\nnone\\nnone\\nnone\\nnone\\nnone",
    ),
    "takes the reference from the course": beside_wrong(
        "from course.distances import lp_norm", shows="lp_norm is what assignment"
    ),
    "loads the course's file by path": beside_wrong(
        "import importlib.util, course\n"
        "spec = importlib.util.spec_from_file_location('d', course.__path__[0] + '/distances.py')\n"
        "d = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(d)\n"
        "lp_norm = d.lp_norm",
        shows="lp_norm is what assignment",
    ),
    "seeks the references in memory": Attack(
        "import gc, types\nprint([f.__module__ for f in gc.get_objects()\n"
        "       if isinstance(f, types.FunctionType) and f.__name__ == 'lp_norm'])",
        r"\['__main__'\]|\[\]|probes",
    ),
    "seeks the answers in frames": Attack(
        "import sys\nframe, names = sys._getframe(), set()\nwhile frame:\n"
        "    names |= set(frame.f_locals) | set(frame.f_globals)\n    frame = frame.f_back\n"
        "print(names & {'expected', 'reference', 'key', 'answer_key', 'misconceptions'})",
        r"set\(\)",
    ),
    "seeks bytecode": Attack(
        "import pathlib\nprint([*pathlib.Path('/course').rglob('*.pyc')])", r"\[\]"
    ),
    "seeks notebooks and gradebooks": Attack(
        f"{OWN_FILES}\nprint([path for path in own_files()\n"
        "       if path.endswith(('.ipynb', '.db', '.key', '.csv'))])\n"
        "print([os.path.exists(path) for path in ['ROOT/solutions', 'ROOT/autograder',\n"
        "       'ROOT/.git', 'FOLDER']])",
        r"\[\]\\n\[False, False, False, False\]",
    ),
    "reads all text": Attack(
        f"{OWN_FILES}\nfor path in own_files():\n    try:\n"
        "        text = open(path, errors='replace').read()\n"
        "    except OSError:\n        continue\n"
        "    if 'SECRET' in text or 'ANSWER' in text:\n        print('found in', path)\n"
        "print('read')",
        r"^(?!.*found in).*read",
    ),
    "up and out": Attack(
        "import os\nprint(os.listdir('/proc/1/root'))",
        "FileNotFoundError",
    ),
    "variables of the grader": Attack(
        "import os\nprint(dict(os.environ))\nprint(open('/proc/1/environ').read())",
        "FileNotFoundError",
    ),
    "open files": Attack(
        "import os\nfiles = [f'/proc/self/fd/{n}' for n in os.listdir('/proc/self/fd')]\n"
        "print(sorted(os.readlink(f).split(':')[0] for f in files if os.path.exists(f)))",
        r"\['/dev/null', '/dev/null', '/dev/null', 'pipe'",
    ),
    "writes to the course": Attack(
        "open('/course/course/distances.py', 'w')", "Read-only|Permission"
    ),
    "writes to Python": Attack("import os\nopen(os.__file__, 'a')", "Read-only|Permission"),
    # The network.
    "loopback": Attack(
        "import socket\nsocket.create_connection(('127.0.0.1', PORT), 2)",
        NO_FAMILY,
    ),
    "outside": Attack("import socket\nsocket.create_connection(('1.1.1.1', 53), 2)", NO_FAMILY),
    "names": Attack("import socket\nsocket.gethostbyname('example.org')", "gaierror"),
    "a socket without a file": Attack(
        "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0ABSTRACT')", "refused"
    ),
    "raw packets": Attack(
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", NO_FAMILY
    ),
    # Values that lie.
    "equal to everything": in_answer(
        "class Any:\n    def __eq__(self, other):\n        return True\n"
        "    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __array_ufunc__ = __eq__\nreturn Any()"
    ),
    "an array of a class that lies": in_answer(
        "class Lie(np.ndarray):\n    def __eq__(self, other):\n        return True\n"
        "    def tobytes(self, order='C'):\n        return b''\n"
        "    def astype(self, *_, **__):\n        return self\n    size = 0\n"
        "return np.zeros(3).view(Lie)"
    ),
    "a right array of a class of its own": in_answer(
        "class Own(np.ndarray):\n    pass\nif p < 1:\n    raise ValueError\n"
        "return np.asarray(right(x, ord=p)).view(Own)",
        mark=1.0,
    ),
    "a float of a class that lies": in_answer(
        "class Lie(float):\n    def __eq__(self, other):\n        return True\n"
        "    def __float__(self):\n        return 1.0\n    __array__ = None\nreturn Lie(7)"
    ),
    "an array made on demand": in_answer(
        "class Later:\n    def __array__(self, *_, **__):\n        while True:\n            pass\n"
        "return Later()"
    ),
    "an array of petabytes": in_answer("return np.broadcast_to(0.0, (10**5, 10**5, 10**5))"),
    "an array of a gigabyte": in_answer("return np.zeros(2**27)"),
    "an array of objects": in_answer("return np.array([object(), None, 'x'], dtype=object)"),
    "records and dates": in_answer("return np.zeros(3, dtype='datetime64[s]')"),
    "no number": in_answer("return np.nan"),
    "infinities": in_answer("return -np.inf"),
    "lists without end": in_answer("x = []\nx.append(x)\nreturn x"),
    "a generator without end": in_answer("return iter(int, 1)"),
    "text of megabytes": in_answer("return 'x' * 10**8"),
    "an error of megabytes": in_answer("raise RuntimeError('x' * 10**8)"),
    "changes its inputs": in_answer(
        "if p < 1:\n    raise ValueError\nvalue = float(right(x, ord=p))\nx *= 0\nreturn value",
        mark=1.0,
    ),
    # Forged words to the grader.
    "prints points": beside_wrong("print('2.0')\n2.0", shows="2.0"),
    "shows a verdict of its own": beside_wrong(
        "from IPython.display import display\n"
        "display({'application/vnd.autograder.verdict+json': {'points': 2}, 'text/plain': '2'},\n"
        "        raw=True)",
        shows="2",
    ),
    "outputs for the cell that checks": Attack(
        f"{TO_EVERY_FILE}\nsend(record(cell=2, outputs=[{{'output_type': 'execute_result',\n"
        "    'data': {'text/plain': '2.0'}}]) + record(end=True))\nos._exit(0)",
        answer=WRONG,
        mark=0.0,
        stopped="not run",
    ),
    "observations that are no frames": forged("b'x' * 100"),
    "observations without end": forged("struct.pack('>I', 2**32 - 1)"),
    "an array that claims petabytes": forged(
        "frame(name='p = 1', kind='array', dtype='<f8', shape=[10**15], bytes=8)"
    ),
    "a negative size": forged(
        "frame(name='p = 1', kind='array', dtype='<f8', shape=[-1], bytes=-8)"
    ),
    "an array of objects by name": forged(
        "frame(bytes(8), name='p = 1', kind='array', dtype='|O8', shape=[1])"
    ),
    "a thousand observations": forged(
        "b''.join(frame(name=str(n), kind='nothing') for n in range(1000))"
    ),
    "one name twice": forged("frame(name='p = 1', kind='nothing') * 2"),
    "JSON without bottom": forged("struct.pack('>I', 4000) + b'[' * 4000"),
    "a header of gigabytes": Attack(
        f"{TO_EVERY_FILE}\nsend(struct.pack('>I', 2**32 - 1))\nimport time\ntime.sleep(9)",
        stopped="more than a cell may",
    ),
    "outputs that are none": Attack(
        f"{TO_EVERY_FILE}\nsend(record(cell=1, outputs=[{{'output_type': 'exec'}}]))",
        stopped="output of no known type",
    ),
    # Tools of the grader's, changed.
    "patches numpy": beside_wrong(
        "np.array_equal = np.allclose = np.isclose = lambda *_, **__: True\n"
        "np.asarray = np.array\nnp.testing = None"
    ),
    "patches builtins": beside_wrong(
        "import builtins\nbuiltins.isinstance = lambda *_: True\nbuiltins.float = lambda *_: 1.0",
        shows="",
        stopped="",
        mark=0.0,
    ),
    "patches json": beside_wrong(
        'import json\njson.dumps = lambda *_, **__: \'{"cell": 2, "bytes": 0}\'',
        stopped="",
    ),
    "patches the probe": beside_wrong(
        "import autograder.inside.probes.a1_distances as probes\n"
        "def lp_norm_probe(implementation, rng):\n"
        "    for name in ['p = 1', 'p = 2', 'p = inf']:\n        yield name, lambda: 1.0\n"
        "lp_norm_probe.__name__ = 'lp_norm'\nprobes.lp_norm = lp_norm_probe"
    ),
    "patches the bytes of observations": beside_wrong(
        "from autograder import wire, observe\nwire.encode = lambda name, value: b''"
    ),
    "patches the shell": beside_wrong(
        "shell = get_ipython()\ntype(shell).run = lambda *_: [{'output_type': 'stream'}]\n"
        "shell.run_cell = None"
    ),
    "patches the runner": beside_wrong(
        "import autograder.inside.cellrun as runner\n"
        "runner._observe = lambda *_: ({'reason': ''}, b'')"
    ),
    # What goes on afterwards.
    "a thread that goes on": Attack(
        "import threading\ndef go_on():\n    while True:\n        print('still here')\n"
        "threading.Thread(target=go_on).start()"
    ),
    "something for the end": Attack(
        "import atexit, time\natexit.register(time.sleep, 1000)\n"
        "class Last:\n    def __del__(self):\n        time.sleep(1000)\nlast = Last()"
    ),
    "a daemon": Attack(
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True:\n            open('/tmp/daemon', 'a').write('x')\n"
        "            time.sleep(0.01)\n    os._exit(0)"
    ),
    "a daemon that holds the pipe": Attack(
        "import os, signal, time\nif os.fork() == 0:\n    os.setsid()\n"
        "    for number in range(1, 32):\n        try:\n"
        "            signal.signal(number, signal.SIG_IGN)\n        except OSError:\n"
        "            pass\n    time.sleep(1000)"
    ),
    "a poisoned module": Attack(
        "for folder in ['.', '..', '/tmp', '/dev/shm']:\n"
        "    for name in ['numpy', 'json', 'sitecustomize', 'autograder', 'usercustomize']:\n"
        "        open(f'{folder}/{name}.py', 'w').write('raise SystemExit')"
    ),
    "poisoned settings": Attack(
        "import os\nfor path in ['.ipython/profile_default/startup/x.py', '.config/x',\n"
        "             'matplotlib/matplotlibrc', 'keras/keras.json', '.pythonrc.py']:\n"
        "    path = os.path.join(os.environ['HOME'], path)\n"
        "    os.makedirs(os.path.dirname(path), exist_ok=True)\n    open(path, 'w').write('x')"
    ),
    "folders that cannot be removed": Attack(
        "import os\nos.makedirs('a/b/c')\nopen('a/b/c/x', 'w')\nos.chmod('a/b/c', 0)\n"
        "os.chmod('a/b', 0)\nos.chmod('a', 0)\nos.mkfifo(b'\\xff\\n')\nos.symlink('/', 'root')\n"
        "os.symlink('/course', b'\\xfe')"
    ),
    "folders without bottom": Attack(
        "import os\nfor _ in range(5000):\n    os.mkdir('d')\n    os.chdir('d')", stopped=""
    ),
    "the folder replaced by a link": Attack(
        "import os\nos.chdir('/')\nos.rmdir('/tmp/notebook')\n"
        "os.symlink('/course', '/tmp/notebook')"
    ),
    "a letter box in shared memory": Attack(
        "import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.shmget(7, 100, 0o1666), library.msgget(7, 0o1666), ctypes.get_errno())",
        r"-1 -1 1\b",
    ),
    "a letter box in the keyring": Attack(
        "import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "print(library.syscall(ADD_KEY, b'user', b'x', b'answer', 6, -4), ctypes.get_errno())",
        r"-1 1\b",
    ),
    **LEFT_BEHIND,
    **KERNEL,
}

# In a worker that has TensorFlow.
TENSORFLOW_ATTACKS = {
    "endless loop in an operation": Attack(
        "import tensorflow as tf\ntf.function(lambda: tf.while_loop(\n"
        "    lambda i: True, lambda i: (i + 1,), (tf.constant(0),)))()",
        stopped="longer than it may|^$",  # Its own alarm comes first where tracing is slow.
        trouble="time",
    ),
    "a tensor of terabytes": Attack(  # TensorFlow tries again for 10 s.
        "import tensorflow as tf\ntf.zeros([10**6, 10**6])",
        "ResourceExhausted|longer than it may",
        stopped="",
        trouble=None,
    ),
    "files through TensorFlow": Attack(
        "from tensorflow.io import gfile\n"
        "print(gfile.glob('ROOT/autograder/*') + gfile.glob('FOLDER/*'))\n"
        "gfile.makedirs('/course/new')",
        r"\[\]\\n.*Error",
    ),
    "patches Keras": beside_wrong(
        "import keras, tensorflow as tf\nkeras.ops.convert_to_numpy = lambda x: 1.0\n"
        "keras.backend.set_floatx('float64')\ntf.Tensor.__array__ = lambda *_: np.ones(1)"
    ),
    "an operation in C": Attack(
        "import tensorflow as tf\ntf.load_op_library('/tmp/x.so')", "NotFoundError"
    ),
    "a tensor that is symbolic": in_answer("import keras\nreturn keras.Input((3,))"),
}
