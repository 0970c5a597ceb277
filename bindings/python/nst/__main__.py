"""python -m nst: which library is in use, and what it can do."""
from . import Build, Model, PARAMETERS, build_text, library_file, library_version, presets

print(f"libnst {library_version} in {library_file}")
print(f"BLAS {build_text(Build.BLAS)}, {build_text(Build.SIMD)}, reads {build_text(Build.PICTURES)}; models: "
      f"{build_text(Build.READERS)}")
print("models are looked for in " + ", ".join(Model.folders()))
print("presets " + ", ".join(preset.name for preset in presets()) + f"; {len(PARAMETERS)} options")
