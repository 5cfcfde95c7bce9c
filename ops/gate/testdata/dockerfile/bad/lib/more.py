import subprocess
subprocess.run(["pip", "install", "x"])
