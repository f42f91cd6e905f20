#!/bin/sh
# A batch as a Slurm array: sbatch slurm.sh. Each task takes every eighth shard; a task that is requeued goes on where it stopped.
#SBATCH --job-name=beit-embed
#SBATCH --array=0-7
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --requeue
npx beit-wasm batch pictures results --task embed --model models/beit-base --part auto/8 --workers "${SLURM_CPUS_PER_TASK:-4}"
status=$?
# 1 tells that some pictures failed; they are rows with their error
[ "$status" -le 1 ]
