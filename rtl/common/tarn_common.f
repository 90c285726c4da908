// Made by scripts/generate_packaging from rtl/blocks.json and files.f: not to be edited.
+incdir+.
-F files.f
