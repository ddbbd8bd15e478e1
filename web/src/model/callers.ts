import { CallTree } from "./call_tree";

/** A stack on its way from where it allocates to its start. */
interface Climber {
    node: number; // of the tree that is turned round
    amount: number;
    blocks: number;
}

/** All stacks that have come the same way up to `at`. */
interface Crowd {
    at: number; // node of the new tree
    climbers: Climber[];
}

/** What is lighter than this part of all gets no callers below it: nobody could see them. */
const FINEST = 1 / 4000;

/**
 * The same stacks upside down: below each function that allocates those that called it. A total is what the function at
 * the top allocated itself when it was called this way.
 */
export function buildCallers(tree: CallTree): CallTree {
    const callers = new CallTree(1024);
    const least = tree.totalAmount[0] * FINEST;
    callers.ownAmount[0] = tree.ownAmount[0]; // stacks without a frame that is shown
    callers.ownBlocks[0] = tree.ownBlocks[0];
    const crowds = branch(callers, 0, tree, allocating(tree));
    for (let crowd = crowds.pop(); crowd; crowd = crowds.pop()) {
        const amount = crowd.climbers.reduce((sum, climber) => sum + climber.amount, 0);
        const isExpanded = amount >= least;
        const further: Climber[] = [];
        for (const climber of crowd.climbers) {
            const caller = isExpanded ? tree.parent[climber.node] : 0;
            if (caller) {
                climber.node = caller;
                further.push(climber);
            } else {
                callers.ownAmount[crowd.at] += climber.amount;
                callers.ownBlocks[crowd.at] += climber.blocks;
            }
        }
        for (const next of branch(callers, crowd.at, tree, further)) crowds.push(next);
    }
    callers.sum();
    return callers;
}

function allocating(tree: CallTree): Climber[] {
    const climbers: Climber[] = [];
    for (let node = 1; node < tree.count; node++) {
        if (tree.ownAmount[node]) climbers.push({ node, amount: tree.ownAmount[node], blocks: tree.ownBlocks[node] });
    }
    return climbers;
}

/** A child of `at` for each function that is next on a stack, with those stacks. */
function branch(callers: CallTree, at: number, tree: CallTree, climbers: Climber[]): Crowd[] {
    const byFunction = new Map<number, Climber[]>();
    for (const climber of climbers) {
        const group = byFunction.get(tree.function[climber.node]);
        if (group) group.push(climber);
        else byFunction.set(tree.function[climber.node], [climber]);
    }
    return [...byFunction].map(([row, group]) => ({ at: callers.child(at, row), climbers: group }));
}
